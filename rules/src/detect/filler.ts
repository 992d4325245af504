/** Bodies of tokens that nobody was given: examples of documentation, gaps, keys that somebody typed. */

/** Words of documentation. Long enough not to occur in a random token by chance. */
const EXAMPLE_WORDS =
  /example|sample|dummy|placeholder|redacted|changeme|xxxx|\*\*\*\*|fake|your[-_a-z]|insert[-_]|replace|notreal|invalid|mock|template/i;

/** Short runs that people type: what the longest tells of a random text is once in a million tokens. */
const MAX_SAME = 5;
const MAX_STEPS = 7;

/** Whether the text, the part of a token behind its prefix, is certainly nobody's. */
export function isFiller(text: string): boolean {
  if (EXAMPLE_WORDS.test(text)) return true;
  return !isVaried(text) || longestRun(text, 0) > MAX_SAME || hasLongSequence(text);
}

/** Enough different characters for its length: a random one of twenty digits has nine of sixteen or more. */
export function isVaried(text: string): boolean {
  const letters = text.replaceAll(/[^A-Za-z0-9]/g, '');
  if (letters.length < 8) return letters.length > 0;
  const different = new Set(letters).size;
  return different >= Math.min(8, 3 + Math.floor(letters.length / 6));
}

/** The longest run of characters that each differ from the one before by `step`. */
function longestRun(text: string, step: number): number {
  let longest = 1;
  let run = 1;
  for (let at = 1; at < text.length; at += 1) {
    run = text.charCodeAt(at) - text.charCodeAt(at - 1) === step ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest;
}

/** `12345678`, `abcdefgh`, `87654321`: counted only where they are most of the text. */
function hasLongSequence(text: string): boolean {
  const longest = Math.max(longestRun(text, 1), longestRun(text, -1));
  return longest > MAX_STEPS && longest * 3 > text.length;
}

/** Shannon's entropy, in bits a character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
