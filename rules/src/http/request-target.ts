/**
 * The request target as providers read it: every way in which its path may be understood, and the query.
 * SECURITY(P-02): servers differ in how often they decode, and in what they do with `//`, `..`, `;` and `%2F`. None of
 * that is guessed: a path that may be read in several ways is judged in each of them.
 */

import { MAX_TARGET_CHARACTERS } from './limits.ts';

/** Decoded segments without empty ones. */
export type PathSegments = readonly string[];

export type QueryPairs = readonly (readonly [name: string, value: string])[];

export interface RequestTarget {
  /** The ordinary reading first; never empty. */
  readonly readings: readonly [PathSegments, ...PathSegments[]];
  readonly query: QueryPairs;
  /** The host that the absolute form names; null: it is not in absolute form. */
  readonly authority: string | null;
  /** Why it cannot be read; null: it can. */
  readonly problem: string | null;
}

/** Reads a request target (RFC 9112 section 3.2), one character for each byte. Never throws. */
export function readTarget(target: string): RequestTarget {
  if (target.length > MAX_TARGET_CHARACTERS) return unreadable('its URL is too long');
  if (/[\x00-\x20\x7f]/.test(target)) return unreadable('its URL holds control characters');
  const { authority, rest } = splitAuthority(target);
  const hash = rest.indexOf('#');
  const visible = hash < 0 ? rest : rest.slice(0, hash);
  const mark = visible.indexOf('?');
  const path = mark < 0 ? visible : visible.slice(0, mark);
  const query = mark < 0 ? [] : readPairs(visible.slice(mark + 1));
  return { readings: readPath(path), query, authority, problem: null };
}

function unreadable(problem: string): RequestTarget {
  return { readings: [[]], query: [], authority: null, problem };
}

function splitAuthority(target: string): {
  readonly authority: string | null;
  readonly rest: string;
} {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(.*)$/is.exec(target);
  if (match === null) return { authority: null, rest: target };
  return { authority: (match[1] ?? '').toLowerCase(), rest: match[2] ?? '' };
}

/** What makes a path readable in more than one way. */
const AMBIGUOUS = /[%;\\]|\/\/|\/\.{1,2}(\/|$)/;

function readPath(path: string): readonly [PathSegments, ...PathSegments[]] {
  const plain = cut(path).map(decodeOnce);
  if (!AMBIGUOUS.test(path)) return [plain];
  const once = decodeOnce(path).replaceAll('\\', '/');
  const twice = decodeOnce(once).replaceAll('\\', '/');
  const texts = [cut(path).map(decodeOnce), cut(once), cut(twice), cut(path)];
  const readings = texts
    .flatMap((segments) => [segments, withoutMatrix(segments)])
    .flatMap((segments) => [resolveDots(segments), segments]);
  return unique([resolveDots(withoutMatrix(plain)), ...readings]);
}

function cut(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** `/apps;v=1/x` is `/apps/x` to servers that know matrix parameters (RFC 3986 section 3.3). */
function withoutMatrix(segments: readonly string[]): string[] {
  return segments.map((segment) => segment.replace(/;.*$/s, '')).filter((text) => text !== '');
}

/** RFC 3986 section 5.2.4. */
function resolveDots(segments: readonly string[]): string[] {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return kept;
}

function unique(
  readings: readonly [PathSegments, ...PathSegments[]],
): readonly [PathSegments, ...PathSegments[]] {
  const [first, ...others] = readings;
  const seen = new Set([first.join('\0')]);
  const distinct = others.filter((segments) => {
    const key = segments.join('\0');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return [first, ...distinct];
}

/** Percent-decoding, once. What is no UTF-8 stays bytes, what is no escape stays text. */
function decodeOnce(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
    }
  });
}

/** `a=1&b=2` to pairs, as a form is read (WHATWG URL section 5.1); a name that stands twice is there twice. */
export function readPairs(text: string): QueryPairs {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return [decodeOnce(name.replaceAll('+', ' ')), decodeOnce(value.replaceAll('+', ' '))];
    });
}

/** All values of a name, whatever its case. */
export function valuesOfPair(pairs: QueryPairs, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return pairs.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}
