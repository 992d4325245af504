/** Requests inside of requests: batches of Azure, Microsoft Graph, Google and OData. */

import type { JsonValue } from '../facts/http-facts.ts';
import { isObject } from './condition.ts';
import type { ReadBody } from './read-body.ts';
import type { PathSegments } from './request-target.ts';

/** A request that stands in the body of another. */
export interface InnerRequest {
  readonly method: string;
  readonly target: string;
  /** Its own body as text; empty: none. */
  readonly body: string;
}

/** Whether a route takes batches: `/batch`, `/$batch`, `/batch/compute/v1`. */
export function isBatch(segments: PathSegments): boolean {
  return segments.some((segment) => /^\$?batch$/i.test(segment)) && segments.length < 6;
}

/** The requests of a batch; null: it is none that can be read. */
export function readBatch(body: ReadBody): readonly InnerRequest[] | null {
  if (body.parts !== null) {
    const inner = body.parts.flatMap(({ text }) => readHttpText(text));
    return inner.length === body.parts.length ? inner : null;
  }
  const list = isObject(body.json) ? (body.json['requests'] ?? body.json['batch']) : body.json;
  if (!Array.isArray(list)) return null;
  const entries = (list as readonly JsonValue[]).flatMap(readEntry);
  return entries.length === list.length && entries.length > 0 ? entries : null;
}

function readEntry(entry: JsonValue): readonly InnerRequest[] {
  if (!isObject(entry)) return [];
  const members = new Map(
    Object.entries(entry).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const method = members.get('httpmethod') ?? members.get('method');
  const target =
    members.get('url') ??
    members.get('relativeurl') ??
    members.get('relative_url') ??
    members.get('path');
  if (typeof method !== 'string' || typeof target !== 'string') return [];
  const content = members.get('content') ?? members.get('body') ?? null;
  const body =
    typeof content === 'string' ? content : content === null ? '' : JSON.stringify(content);
  return [{ method: method.toUpperCase(), target, body }];
}

/** `DELETE /compute/v1/... HTTP/1.1`, fields, an empty line, a body (application/http). */
function readHttpText(text: string): readonly InnerRequest[] {
  const trimmed = text.replace(/^\s+/, '');
  const line = /^([A-Za-z]+) (\S+)(?: HTTP\/[\d.]+)?/.exec(trimmed);
  if (line === null) return [];
  const end = trimmed.indexOf('\n\n');
  const body = end < 0 ? '' : trimmed.slice(end + 2);
  return [{ method: (line[1] ?? '').toUpperCase(), target: line[2] ?? '', body }];
}
