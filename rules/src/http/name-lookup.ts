/**
 * The one safe read that can tell the name of what an operation is aimed at, for the question that a person is asked. It
 * only ever asks: a GET of the route that is to be deleted, or a query that a pack names.
 */

import type { HttpOperation, JsonValue } from '../facts/http-facts.ts';
import { isObject } from './condition.ts';
import type { Pack } from './pack.ts';
import type { HttpRequestHead } from './request.ts';
import { readTarget } from './request-target.ts';

/** A request that changes nothing. */
export interface SafeRead {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  /** JSON; null: no body. */
  readonly body: string | null;
}

/** The read that tells the name; null: none is known, or the path may be read in several ways. */
export function lookUpName(
  head: HttpRequestHead,
  operation: HttpOperation,
  packs: readonly Pack[],
): SafeRead | null {
  const id = operation.target?.id ?? null;
  if (operation.kind !== 'destroy' || id === null || operation.via.length > 0) return null;
  const { target } = head;
  if (operation.graphql !== undefined) {
    const { field } = operation.graphql;
    const query = packs.flatMap(({ lookups }) => lookups?.[field] ?? [])[0];
    if (query === undefined) return null;
    return { method: 'POST', target, body: JSON.stringify({ query, variables: { id } }) };
  }
  const { readings, authority, problem } = readTarget(target);
  const plain = readings.length === 1 && authority === null && problem === null;
  const isRoute = head.method === 'DELETE' && readings[0].at(-1) === id;
  return plain && isRoute ? { method: 'GET', target, body: null } : null;
}

/** Members that hold what people call a thing. */
const NAMES = ['name', 'displayname', 'display_name', 'title', 'slug', 'label'];

/** How deep an answer is looked into: `{"data": {"volume": {"name": …}}}`, `{"metadata": {"name": …}}`. */
const MAX_DEPTH = 3;

/** The name in the answer to such a read; null: it holds none. */
export function readName(answer: JsonValue, depth = 0): string | null {
  if (!isObject(answer) || depth > MAX_DEPTH) return null;
  const members = Object.entries(answer);
  for (const wanted of NAMES) {
    const found = members.find(([name]) => name.toLowerCase() === wanted)?.[1];
    if (typeof found === 'string' && found !== '') return found;
  }
  const objects = members.filter(([, value]) => isObject(value));
  if (objects.length !== 1 && depth === 0 && !('metadata' in answer)) return null;
  for (const [, value] of objects) {
    const name = readName(value, depth + 1);
    if (name !== null) return name;
  }
  return null;
}
