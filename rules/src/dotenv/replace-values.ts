/**
 * Puts new values in the place of some, and makes sure of it: the new text is read again, and every other value must
 * read as before. A file whose quotes do not pair up may read as something else after a change.
 */

import type { DotenvDocument, DotenvEntry } from './dotenv-document.ts';
import { parseDotenv } from './parse-dotenv.ts';
import { replaceSpans } from './replace-spans.ts';

/** A new value for an entry, written as it is to stand in the text, between the quotes that are there. */
export interface ValueEdit {
  /** Of the document, or one that is commented out. */
  readonly entry: DotenvEntry;
  readonly raw: string;
  /** What it must read as. */
  readonly value: string;
}

export type ReplacedValues =
  | { readonly ok: true; readonly text: string; readonly document: DotenvDocument }
  | { readonly ok: false; readonly problem: string };

/** Replaces the values; a problem when the file would read otherwise than intended. */
export function replaceValues(
  document: DotenvDocument,
  edits: readonly ValueEdit[],
): ReplacedValues {
  const spans = edits.map(({ entry: { start, end }, raw }) => ({ start, end, text: raw }));
  const text = replaceSpans(document.text, spans);
  const parsed = parseDotenv(text);
  if (!parsed.ok) return parsed;
  const wanted = new Map(edits.map(({ entry, value }) => [entry, value]));
  const { entries } = parsed.document;
  const asIntended =
    entries.length === document.entries.length &&
    document.entries.every((before, at) => {
      const after = entries[at];
      const value = wanted.get(before) ?? before.value;
      return after?.key === before.key && after.value === value && after.quote === before.quote;
    });
  if (asIntended) return { ok: true, text, document: parsed.document };
  return { ok: false, problem: 'its quotes do not pair up, so a change would move other values' };
}
