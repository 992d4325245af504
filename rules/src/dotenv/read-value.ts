/**
 * Reads the value of one assignment, as the `dotenv` package of npm does: that is what most projects are read by.
 * Pure: text and a place in it in, the extent and meaning of the value out.
 */

import type { DotenvQuote } from './dotenv-document.ts';

/** Where a value stands and what it reads as. */
export interface ReadValue {
  readonly start: number;
  readonly end: number;
  /** Where reading goes on: behind the closing quote, or at the end of the value's line. */
  readonly next: number;
  readonly quote: DotenvQuote;
  readonly value: string;
}

const SPACE = /\s/;
const LINE_END = /[\r\n]/;

/** The value that begins behind a separator. */
export function readValue(text: string, from: number): ReadValue {
  return readQuoted(text, from) ?? readPlain(text, from);
}

/** Skips white space, line ends too. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && SPACE.test(text.charAt(at))) at += 1;
  return at;
}

/** The end of the line. */
export function lineEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !LINE_END.test(text.charAt(at))) at += 1;
  return at;
}

function readQuoted(text: string, from: number): ReadValue | null {
  const open = skipSpace(text, from);
  const quote = toQuote(text.charAt(open));
  if (quote === null) return null;
  const close = findClose(text, open, quote);
  if (close === null) return null;
  const raw = text.slice(open + 1, close);
  const value = quote === '"' ? expandEscapes(toLineFeeds(raw)) : toLineFeeds(raw);
  return { start: open + 1, end: close, next: close + 1, quote, value };
}

/**
 * The quote that ends the value. It is the first without a backslash before it; where the line goes on behind that
 * one, the last with a backslash that ends its line, since a Windows path may end in one.
 */
function findClose(text: string, open: number, quote: string): number | null {
  let best: number | null = null;
  for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (endsItsLine(text, at + 1)) best = at;
    if (text.charAt(at - 1) !== '\\') break;
  }
  return best;
}

/** Nothing but white space and a comment comes behind. Looks at no more than that, since it is asked often. */
function endsItsLine(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && SPACE.test(text.charAt(at))) {
    if (LINE_END.test(text.charAt(at))) return true;
    at += 1;
  }
  return at === text.length || text.charAt(at) === '#';
}

function readPlain(text: string, from: number): ReadValue {
  const line = text.slice(from, lineEnd(text, from));
  const hash = line.indexOf('#');
  const whole = hash === -1 ? line : line.slice(0, hash);
  const shown = whole.trim();
  const start = from + (whole.length - whole.trimStart().length);
  const value = unwrap(shown);
  return {
    start: shown === '' ? from : start,
    end: shown === '' ? from : start + shown.length,
    next: from + line.length,
    quote: null,
    value: shown.startsWith('"') ? expandEscapes(value) : value,
  };
}

/** `"a" "b"` is no quoted value, and yet loses its outer quotes. */
function unwrap(text: string): string {
  const quote = toQuote(text.charAt(0));
  if (quote === null || text.length < 2 || !text.endsWith(quote)) return text;
  return text.slice(1, -1);
}

function toQuote(character: string): "'" | '"' | '`' | null {
  return character === "'" || character === '"' || character === '`' ? character : null;
}

function expandEscapes(text: string): string {
  return text.replaceAll('\\n', '\n').replaceAll('\\r', '\r');
}

function toLineFeeds(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}
