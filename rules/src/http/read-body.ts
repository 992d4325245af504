/**
 * A body to what it may mean. Content types lie, so the text is looked at as well: what looks like JSON is read as JSON
 * under every type, because servers do so too.
 */

import type { JsonValue } from '../facts/http-facts.ts';
import { decodeContent, decodeText } from './decode-body.ts';
import { valuesOf } from './field-list.ts';
import { readParts } from './multipart.ts';
import type { BodyPart } from './multipart.ts';
import { readJson } from './read-json.ts';
import type { HttpRequest } from './request.ts';
import { readPairs } from './request-target.ts';
import type { QueryPairs } from './request-target.ts';

/** A body after reading. */
export interface ReadBody {
  /** `none`: there is none. `unread`: nobody asked for it. `unreadable`: it is there, and nobody can tell what it says. */
  readonly state: 'none' | 'unread' | 'text' | 'unreadable';
  readonly contentType: string;
  readonly text: string;
  /** Null: it is no JSON. */
  readonly json: JsonValue;
  /** A name that stands twice in one object of it. */
  readonly twice: string | null;
  readonly form: QueryPairs;
  readonly parts: readonly BodyPart[] | null;
  readonly bytes: Uint8Array;
}

const EMPTY_BYTES = new Uint8Array();

const NOTHING: ReadBody = {
  ...{ state: 'none', contentType: '', text: '', json: null, twice: null, form: [], parts: null },
  bytes: EMPTY_BYTES,
};

/** Reads the body of a request. Never throws. */
export function readBody(request: HttpRequest): ReadBody {
  const contentType = valuesOf(request.fields, 'content-type').join(', ').toLowerCase();
  const original = valuesOf(request.fields, 'content-type').join(', ');
  const empty = { ...NOTHING, contentType };
  switch (request.body.kind) {
    case 'none':
      return empty;
    case 'start':
      return { ...empty, state: 'unread', bytes: request.body.bytes };
    case 'too large':
    case 'undecodable':
      return { ...empty, state: 'unreadable' };
    case 'whole':
      return request.body.bytes.length === 0
        ? empty
        : readBytes(request.body.bytes, request.fields, { contentType, original });
  }
}

function readBytes(
  bytes: Uint8Array,
  fields: readonly string[],
  types: { readonly contentType: string; readonly original: string },
): ReadBody {
  const base: ReadBody = { ...NOTHING, contentType: types.contentType, state: 'unreadable' };
  const decoded = decodeContent(bytes, valuesOf(fields, 'content-encoding'));
  if (decoded === null) return base;
  const charset = /charset\s*=\s*"?([^\s";,]+)/.exec(types.contentType)?.[1] ?? null;
  const text = decodeText(decoded, charset);
  if (text === null) return { ...base, bytes: decoded };
  return { ...base, ...readText(text, types), bytes: decoded };
}

/** Reads a text that came without any type: a message on a WebSocket, an entry of a batch. */
export function readBareText(text: string): ReadBody {
  return { ...NOTHING, ...readText(text, { contentType: '', original: '' }) };
}

function readText(
  text: string,
  { contentType, original }: { readonly contentType: string; readonly original: string },
): Pick<ReadBody, 'state' | 'text' | 'json' | 'twice' | 'form' | 'parts'> {
  const state = 'text' as const;
  if (contentType.includes('multipart/')) {
    const parts = readParts(text, original);
    if (parts !== null)
      return { state, text, json: null, twice: null, form: fieldsOf(parts), parts };
  }
  const json = looksLikeJson(text) || contentType.includes('json') ? readJson(text) : null;
  if (json?.ok === true) {
    return { state, text, json: json.value, twice: json.twice, form: [], parts: null };
  }
  // Lenient servers read comments, single quotes and commas too many; what they make of it is not known.
  if (json !== null && text.trim() !== '') {
    return { state: 'unreadable', text, json: null, twice: null, form: [], parts: null };
  }
  const form = looksLikeForm(text, contentType) ? readPairs(text.trim()) : [];
  return { state, text, json: null, twice: null, form, parts: null };
}

function fieldsOf(parts: readonly BodyPart[]): QueryPairs {
  return parts.flatMap(({ name, text }) => (name === null ? [] : [[name, text] as const]));
}

function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function looksLikeForm(text: string, contentType: string): boolean {
  if (contentType.includes('x-www-form-urlencoded')) return true;
  return text.length < 65_536 && /^[^\s<>{}"]+=/.test(text);
}
