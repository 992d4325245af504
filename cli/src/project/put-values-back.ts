/**
 * Puts the original values into a file that was edited after they were moved, in the places where their references
 * stand now. Refuses where it cannot tell which value belongs where, or the file would read otherwise.
 */

import type { SpanEdit } from '@agentguard/rules';
import type { JournalFile } from './journal.ts';
import { rewriteText } from './rewrite-text.ts';
import type { RewrittenText } from './rewrite-text.ts';

/** What may not stand behind a reference: it would be a longer one. */
const GOES_ON = /[A-Za-z0-9_.-]/;

/**
 * The text with the values in it.
 * @param original the whole original text
 * @param text as it is now
 */
export function putValuesBack(
  { edits, format }: Pick<JournalFile, 'edits' | 'format'>,
  original: string,
  text: string,
): RewrittenText {
  const spans: SpanEdit[] = [];
  for (const reference of new Set(edits.map((edit) => edit.reference))) {
    const values = edits
      .filter((edit) => edit.reference === reference)
      .map(({ start, end }) => original.slice(start, end));
    const places = findPlaces(text, reference);
    const same = new Set(values).size === 1;
    if (!same && values.length !== places.length) {
      const why = `\`${reference}\` stood for differently written values, and one of them is gone`;
      return { ok: false, why };
    }
    for (const [at, start] of places.entries()) {
      const value = values[same ? 0 : at] ?? '';
      spans.push({ start, end: start + reference.length, text: value });
    }
  }
  return rewriteText(text, format, spans);
}

function findPlaces(text: string, reference: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(reference); at !== -1; at = text.indexOf(reference, at + 1)) {
    if (!GOES_ON.test(text.charAt(at + reference.length))) places.push(at);
  }
  return places;
}
