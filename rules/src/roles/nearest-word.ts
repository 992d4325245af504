/** The word that somebody probably meant. */

import leven from 'leven';

/** Further away, a guess confuses more than it helps; short words bear fewer changes. */
const MAX_SHARE_CHANGED = 0.5;

/** The nearest of the known words to what was written, regardless of case; null when none is near. */
export function nearestWord(written: string, known: Iterable<string>): string | null {
  const word = written.toLowerCase();
  let best: { readonly word: string; readonly distance: number } | null = null;
  for (const candidate of known) {
    const distance = leven(word, candidate.toLowerCase());
    if (distance > Math.max(word.length, candidate.length) * MAX_SHARE_CHANGED) continue;
    if (best === null || distance < best.distance) best = { word: candidate, distance };
  }
  return best?.word ?? null;
}

/** `, did you mean `x`?` or nothing, to end a message with. */
export function didYouMean(written: string, known: Iterable<string>): string {
  const near = nearestWord(written, known);
  return near === null ? '' : `; did you mean \`${near}\`?`;
}
