/**
 * What PostgreSQL 18 reads as syntax of its own was an ordinary call in older versions: `json_value(a, b)` called whatever
 * function had that name. So the functions of that name count here, whichever version the server is of.
 */

import { functionCandidates } from '../names.ts';
import type { Scope } from '../scope.ts';
import { unsafePart } from '../syntax.ts';
import type { Part } from '../syntax.ts';
import { followFunction } from './functions.ts';

/** Names by the kind of node that took their place. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['JsonArrayAgg', 'json_arrayagg'],
  ['JsonArrayConstructor', 'json_array'],
  ['JsonArrayQueryConstructor', 'json_array'],
  ['JsonObjectAgg', 'json_objectagg'],
  ['JsonObjectConstructor', 'json_object'],
  ['JsonParseExpr', 'json'],
  ['JsonScalarExpr', 'json_scalar'],
  ['JsonSerializeExpr', 'json_serialize'],
  ['JsonTable', 'json_table'],
  ['MergeSupportFunc', 'merge_action'],
]);

const QUERY_NAMES: ReadonlyMap<string | undefined, string> = new Map([
  ['JSON_EXISTS_OP', 'json_exists'],
  ['JSON_QUERY_OP', 'json_query'],
  ['JSON_VALUE_OP', 'json_value'],
]);

/** Calls that the grammar qualifies with pg_catalog by itself since version 16. */
const QUALIFIED_SINCE: ReadonlySet<string> = new Set(['json_object']);

/** Follows the functions that an older server may call where the node stands. */
export function callAsOlderServers(part: Part, scope: Scope): void {
  const name = nameOf(part);
  if (name === undefined) return;
  const candidates = functionCandidates({ schema: null, name }, scope);
  for (const candidate of candidates) followFunction(candidate, scope);
}

function nameOf({ kind, fields }: Part): string | undefined {
  if (kind !== 'JsonFuncExpr') return NAMES.get(kind);
  return QUERY_NAMES.get(unsafePart(fields, kind).op);
}

/** Whether a name that reads as one of the server's own may have been written without its schema. */
export function maybeBare(name: string): boolean {
  return QUALIFIED_SINCE.has(name);
}
