/**
 * JSON text to values. Depth is bounded, and a name that stands twice in one object is told, because servers differ in
 * which of the two they take (RFC 8259 section 4).
 */

import type { JsonValue } from '../facts/http-facts.ts';
import { MAX_JSON_DEPTH } from './limits.ts';

export type ReadJson =
  | { readonly ok: true; readonly value: JsonValue; readonly twice: string | null }
  | { readonly ok: false };

const FAILED: ReadJson = { ok: false };

/** A string of JSON, or one sign of its structure. Whatever else is between them has no bearing on names and depth. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/** Reads a text. Never throws. */
export function readJson(text: string): ReadJson {
  const scan = scanStructure(text);
  if (scan === null) return FAILED;
  try {
    return { ok: true, value: unsafeJson(JSON.parse(text)), twice: scan.twice };
  } catch {
    return FAILED;
  }
}

/** The platform's parser gives nothing but JSON. */
function unsafeJson(value: unknown): JsonValue {
  return value as JsonValue;
}

/** Null when it is nested too deeply. */
function scanStructure(text: string): { readonly twice: string | null } | null {
  const open: (Set<string> | null)[] = [];
  let name: string | null = null;
  let twice: string | null = null;
  for (const [token] of text.matchAll(TOKEN)) {
    const names = open.at(-1);
    if (token === '{' || token === '[') {
      if (open.length >= MAX_JSON_DEPTH) return null;
      open.push(token === '{' ? new Set() : null);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':' && name !== null && names instanceof Set) {
      if (names.has(name)) twice ??= name;
      names.add(name);
    }
    name = token.startsWith('"') ? unescape(token) : null;
  }
  return { twice };
}

/** `"\u0071uery"` is the name `query`. */
function unescape(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}
