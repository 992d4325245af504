/**
 * The text of a `.env` file, taken apart without losing a byte of it: assignments, and everything between them.
 * INVARIANT: the parts, one after the other, are the text. Nothing here expands, trims or normalises what it keeps.
 */

/** How a value is written. */
export type DotenvQuote = "'" | '"' | '`' | null;

/** One assignment. Offsets count UTF-16 units of the text. */
export interface DotenvEntry {
  readonly key: string;
  /** What the value reads as: quotes off, `\n` and `\r` expanded between double quotes, line ends as `\n`. */
  readonly value: string;
  /** The value as it stands in the text, without its quotes. */
  readonly raw: string;
  readonly quote: DotenvQuote;
  /** Where `raw` begins and ends. */
  readonly start: number;
  readonly end: number;
  /** Line of the key, from 1. */
  readonly line: number;
  readonly exported: boolean;
  /**
   * A `#` stands right behind an unquoted value. Some tools begin a comment there, others take it for a part of the
   * value, so nobody can say what the value is.
   */
  readonly hashTouches: boolean;
}

/** A piece of the text: a value, or whatever stands between two values. */
export type DotenvPart =
  | { readonly kind: 'other'; readonly text: string }
  | { readonly kind: 'value'; readonly entry: DotenvEntry };

/** A whole file. */
export interface DotenvDocument {
  readonly text: string;
  readonly parts: readonly DotenvPart[];
  /** In the order of the text; of several with one key the last one counts. */
  readonly entries: readonly DotenvEntry[];
}

/** The text again. */
export function printDotenv(document: DotenvDocument): string {
  return document.parts
    .map((part) => (part.kind === 'other' ? part.text : part.entry.raw))
    .join('');
}

/** What a program would get: the last value of each key. */
export function toVariables(document: DotenvDocument): ReadonlyMap<string, string> {
  return new Map(document.entries.map(({ key, value }) => [key, value]));
}
