/**
 * A call in a statement, with or without call syntax, to everything that it may reach. Overloads are not resolved again
 * here: every function of that name that takes as many arguments may be the one.
 */

import type { FuncCall, Node } from '@pgsql/types';

import type { CatalogFunction, Oid } from '../catalog.ts';
import { isUserOid } from '../catalog-index.ts';
import { functionCandidates, toWrittenName, typeCandidates } from '../names.ts';
import type { WrittenName } from '../names.ts';
import { emitUnknown } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { stringOf, stringsOf } from '../syntax.ts';
import { isBuiltinType } from './builtin-types.ts';
import { isBuiltin, isUnlistedBuiltin, runText, useBuiltin } from './builtins.ts';
import { behaviourOf } from './extensions.ts';
import { followFunction } from './functions.ts';
import { HIDDEN_DEFINITIONS } from './hidden.ts';
import { maybeBare } from './older-servers.ts';
import { castAnyhow, followType } from './types.ts';

/** Follows a call. */
export function callFunction(call: FuncCall, scope: Scope): void {
  const written = toCalledName(call);
  const count = argumentCount(call);
  warnOfHidden(written, count, scope);
  const candidates = functionCandidates(written, scope).filter((target) => takes(target, count));
  for (const target of candidates) {
    followFunction(target, scope);
    runArguments(target, call, scope);
  }
  callNamed(written, { call, others: candidates.length > 0, count }, scope);
}

function toCalledName(call: FuncCall): WrittenName {
  const written = toWrittenName(stringsOf(call.funcname));
  return written.schema === 'pg_catalog' && maybeBare(written.name)
    ? { schema: null, name: written.name }
    : written;
}

/** Follows a procedure: CALL passes output arguments as well, so their number says little. */
export function callProcedure(call: FuncCall, scope: Scope): void {
  const written = toWrittenName(stringsOf(call.funcname));
  warnOfHidden(written, null, scope);
  const candidates = functionCandidates(written, scope);
  for (const target of candidates) followFunction(target, scope);
  if (candidates.length === 0) noteUnknown(written, scope);
}

interface CallSite {
  readonly call: FuncCall;
  /** Functions of others were found under the name. */
  readonly others: boolean;
  readonly count: number | null;
}

/** What the name means beside functions of others: one of the server's own, or a type. */
function callNamed(written: WrittenName, site: CallSite, scope: Scope): void {
  const { schema, name } = written;
  const own = schema === null || schema === 'pg_catalog';
  if (own && isBuiltin(name)) {
    useBuiltin(name, site.call, scope);
    return;
  }
  if (schema === 'information_schema' && name.startsWith('_pg_')) {
    scope.findings.use({ schema, name, seen: 'harmless' });
    return;
  }
  // A function of somebody else's under the name of one of the server's may be there to be mistaken for it.
  if (own && isUnlistedBuiltin(name)) noteUnknown(written, scope);
  const types = site.count === 1 ? typeCandidates(written, scope) : [];
  if (types.length > 0 || isBuiltinType(written)) castAnyhow(scope);
  for (const type of types) followType(type, scope);
  if (!site.others && types.length === 0 && !isBuiltinType(written)) noteUnknown(written, scope);
}

function noteUnknown(written: WrittenName, scope: Scope): void {
  const { schema, name } = written;
  const text = schema === null ? name : `${schema}.${name}`;
  scope.findings.use({ schema, name, seen: 'unknown' });
  if (scope.fromMessage) scope.findings.unresolved.add(`${text}()`);
  emitUnknown(scope, `what the function ${text} does is not known`);
}

/** Arguments that are SQL themselves, for functions of extensions that run them. */
function runArguments(target: CatalogFunction, call: FuncCall, scope: Scope): void {
  const behaviour = behaviourOf(target);
  if (behaviour.kind !== 'sql text') return;
  const args = call.args ?? [];
  for (const index of behaviour.arguments) {
    if (index < args.length) runText(args[index], target.name, scope);
  }
}

/**
 * While definitions are hidden, a name may mean another function. Only a call without arguments that a function of the
 * server takes cannot be taken over by an overload that fits better.
 */
function warnOfHidden(written: WrittenName, count: number | null, scope: Scope): void {
  if (!scope.context.hiddenDefinitions || scope.paths.bound) return;
  if (written.schema === 'pg_catalog') return;
  const first = !scope.paths.any && !scope.paths.schemas.has('pg_catalog');
  if (written.schema === null && count === 0 && first && isBuiltin(written.name)) return;
  emitUnknown(scope, HIDDEN_DEFINITIONS);
}

/** How many arguments a call passes; null when that cannot be told. */
function argumentCount(call: FuncCall): number | null {
  if (call.agg_within_group === true || call.func_variadic === true) return null;
  return call.args?.length ?? 0;
}

function takes(target: CatalogFunction, count: number | null): boolean {
  if (count === null) return true;
  const most = target.argumentTypes.length;
  const least = most - target.defaults - (target.variadic ? 1 : 0);
  return count >= least && (target.variadic || count <= most);
}

/** Types of the server that a whole row can be passed as: record, any, anyelement, anynonarray, anycompatible. */
const ROW_LIKE: ReadonlySet<Oid> = new Set(['2249', '2276', '2283', '2776', '5077', '5079']);

/**
 * `row.name` is a call of the function `name` where the row has no such column.
 * @param path what stands behind the row
 */
export function projectColumn(path: readonly Node[], scope: Scope): void {
  for (const part of path) {
    const name = stringOf(part);
    if (name !== undefined) projectName(name, scope);
  }
}

function projectName(name: string, scope: Scope): void {
  for (const target of functionCandidates({ schema: null, name }, scope)) {
    const first = target.argumentTypes[0];
    if (first === undefined || !takes(target, 1)) continue;
    if (isUserOid(first) || ROW_LIKE.has(first)) followFunction(target, scope);
  }
}

/** TABLESAMPLE names a function. */
export function sampleWith(method: readonly Node[] | undefined, scope: Scope): void {
  const written = toWrittenName(stringsOf(method));
  const builtin = written.name === 'bernoulli' || written.name === 'system';
  const candidates = functionCandidates(written, scope);
  for (const target of candidates) followFunction(target, scope);
  if (candidates.length === 0 && !builtin) noteUnknown(written, scope);
}
