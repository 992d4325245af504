/**
 * Reads the text of a `.env` file. Pure, bounded, and lossless: what it does not understand it keeps as it is.
 * It never expands `${X}`: see expand-value.ts.
 */

import type { DotenvDocument, DotenvEntry, DotenvPart } from './dotenv-document.ts';
import { makeLineCounter } from './line-counter.ts';
import { lineEnd, readValue, skipSpace } from './read-value.ts';

/** Longest text that is read, in characters. People write these files by hand; a longer one is something else. */
export const MAX_DOTENV_CHARACTERS = 1024 * 1024;

export type ParsedDotenv =
  | { readonly ok: true; readonly document: DotenvDocument }
  | { readonly ok: false; readonly problem: string };

/** What dotenv takes for a key. */
const KEY = /[\w.-]+/y;
const EXPORT = /export\s+(?=[\w.-])/y;

/** Ends a line in some tools and not in others. */
const ODD_LINE_END = /[\u2028\u2029]/;

/** Reads a text; a problem in one sentence when it cannot be read without guessing. */
export function parseDotenv(text: string): ParsedDotenv {
  if (text.length > MAX_DOTENV_CHARACTERS) return { ok: false, problem: 'it is larger than 1 MiB' };
  if (text.includes('\0')) return { ok: false, problem: 'it is not a text file' };
  if (ODD_LINE_END.test(text)) {
    return { ok: false, problem: 'it has line ends that tools read differently (U+2028, U+2029)' };
  }
  const entries = [...readEntries(text)];
  return { ok: true, document: { text, entries, parts: toParts(text, entries) } };
}

function* readEntries(text: string): Generator<DotenvEntry> {
  const lines = makeLineCounter(text);
  let at = 0;
  for (;;) {
    at = skipSpace(text, at);
    if (at >= text.length) return;
    const found = readEntry(text, at);
    if (found === null) {
      at = lineEnd(text, at);
      continue;
    }
    const { entry, keyAt, next } = found;
    yield { ...entry, line: lines(keyAt) };
    // What comes behind a quoted value on its line is a comment.
    at = entry.quote === null ? next : lineEnd(text, next);
  }
}

interface FoundEntry {
  readonly entry: Omit<DotenvEntry, 'line'>;
  readonly keyAt: number;
  readonly next: number;
}

/** `export` is a key of its own when no other key comes behind it. */
function readEntry(text: string, at: number): FoundEntry | null {
  EXPORT.lastIndex = at;
  const exported = EXPORT.test(text);
  const withExport = exported ? readAssignment(text, EXPORT.lastIndex, true) : null;
  return withExport ?? readAssignment(text, at, false);
}

function readAssignment(text: string, keyAt: number, exported: boolean): FoundEntry | null {
  KEY.lastIndex = keyAt;
  const key = KEY.exec(text)?.[0];
  if (key === undefined) return null;
  const from = behindSeparator(text, keyAt + key.length);
  if (from === null) return null;
  const { start, end, next, quote, value } = readValue(text, from);
  const raw = text.slice(start, end);
  const hashTouches = quote === null && raw !== '' && text.charAt(end) === '#';
  return { entry: { key, value, raw, quote, start, end, exported, hashTouches }, keyAt, next };
}

/** `KEY = value`, or `KEY: value` where the colon touches the key and white space follows. */
function behindSeparator(text: string, from: number): number | null {
  const at = skipSpace(text, from);
  if (text.charAt(at) === '=') return at + 1;
  return text.charAt(from) === ':' && /\s/.test(text.charAt(from + 1))
    ? behindColon(text, from + 1)
    : null;
}

/** A carriage return and the line feed behind it are one line end. */
function behindColon(text: string, space: number): number {
  return text.startsWith('\r\n', space) ? space + 2 : space + 1;
}

function toParts(text: string, entries: readonly DotenvEntry[]): readonly DotenvPart[] {
  const parts: DotenvPart[] = [];
  let at = 0;
  for (const entry of entries) {
    parts.push({ kind: 'other', text: text.slice(at, entry.start) }, { kind: 'value', entry });
    at = entry.end;
  }
  return [...parts, { kind: 'other', text: text.slice(at) }];
}
