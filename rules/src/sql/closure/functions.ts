/**
 * Following a function of somebody else's into its body, its defaults, its own settings and the types it handles.
 * What it is declared to be (IMMUTABLE, STRICT, SECURITY DEFINER) proves nothing and is not looked at.
 */

import type { CatalogFunction, Oid } from '../catalog.ts';
import { isUserOid } from '../catalog-index.ts';
import { BOUND_PATHS, makeSearchPaths } from '../names.ts';
import type { SearchPaths } from '../names.ts';
import { parseSearchPath } from '../search-path-text.ts';
import { emit, emitUnknown, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { isHarmlessBuiltinOid } from './builtin-oids.ts';
import { readPlPgSqlFunction, readSqlFunction } from './bodies.ts';
import { behaviourOf } from './extensions.ts';
import { changeSetting } from './settings.ts';
import { castOnAnyAssignment, followAnyRow, followTypeByOid } from './types.ts';

/** The type of rows without a name. */
const RECORD: Oid = '2249';

/** Follows a function that a definition names by number. */
export function followFunctionByOid(oid: Oid, scope: Scope): void {
  const target = scope.index.function(oid);
  if (target !== undefined) followFunction(target, scope);
  else if (isUserOid(oid)) emitUnknown(scope, 'it calls a function that the catalog does not show');
  else if (!isHarmlessBuiltinOid(oid)) {
    emitUnknown(scope, `it calls the built-in function ${oid}, which is not known to be harmless`);
  }
}

/** Follows a function into everything that a call of it may run. */
export function followFunction(target: CatalogFunction, scope: Scope): void {
  const name = `${target.schema}.${target.name}`;
  const behaviour = behaviourOf(target);
  const seen = behaviour.kind === 'harmless' ? 'harmless' : 'followed';
  scope.findings.use({ schema: target.schema, name: target.name, seen });
  if (!scope.findings.meets(`function ${target.oid}`, scope)) return;
  const inside = enter(target, scope);
  followSignature(target, inside);
  switch (behaviour.kind) {
    case 'harmless':
    // Its SQL is in the arguments of the call, which the caller looks at.
    case 'sql text':
      return;
    case 'outside':
      emit(scope, { kind: 'outside', target: behaviour.target, name });
      return;
    case 'unknown':
      notSeen(target, `the function ${name} is written in ${target.language}`, scope);
      return;
    case 'read the body':
      readBody(target, inside);
      return;
  }
}

/** Notes that a function could not be seen through. */
function notSeen(target: CatalogFunction, reason: string, scope: Scope): void {
  scope.findings.use({ schema: target.schema, name: target.name, seen: 'unknown' });
  emitUnknown(scope, reason);
}

/** The scope inside the function, under its own settings where it has any. */
function enter(target: CatalogFunction, scope: Scope): Scope {
  const step = through(scope, `${kindText(target)} ${target.schema}.${target.name}`);
  let session = scope.session;
  for (const entry of target.config) {
    const cut = entry.indexOf('=');
    const setting = entry.slice(0, cut);
    const value = entry.slice(cut + 1);
    if (setting === 'search_path') {
      const path = parseSearchPath(value, scope.context.catalog.user);
      session = withLearned(path, scope);
    } else {
      changeSetting(setting, value, step);
    }
  }
  return { ...step, session, commonTables: null, planOnly: false, fromMessage: false };
}

/** The function's own path, and what code inside it may set instead. */
function withLearned(path: readonly string[] | null, { learned }: Scope): SearchPaths {
  if (path === null || learned.any) return makeSearchPaths([], true);
  return makeSearchPaths([path, ...learned.paths], false);
}

function kindText(target: CatalogFunction): string {
  return target.kind === 'procedure' ? 'procedure' : 'function';
}

/** Types of arguments and results, and defaults of arguments, run when the function is called. */
function followSignature(target: CatalogFunction, inside: Scope): void {
  for (const type of target.argumentTypes) followTypeByOid(type, inside);
  followTypeByOid(target.returnType, inside);
  // Columns of a row that a function makes up, and the state of an aggregate, are not in the catalog's picture of it.
  if (target.returnType === RECORD || target.kind === 'aggregate') followAnyRow(inside);
  const bound: Scope = { ...inside, paths: BOUND_PATHS };
  for (const text of target.defaultTexts) inside.reader.expression(text, bound);
}

function readBody(target: CatalogFunction, inside: Scope): void {
  for (const oid of target.supportFunctions) followFunctionByOid(oid, inside);
  if (target.kind === 'aggregate') return;
  // Results and variables take values of other types by assignment.
  castOnAnyAssignment(inside);
  const paths = target.standardBody ? BOUND_PATHS : inside.session;
  const body: Scope = { ...inside, paths };
  const problem =
    target.language === 'plpgsql'
      ? readPlPgSqlFunction(target, body)
      : readSqlFunction(target, body);
  if (problem !== null) notSeen(target, problem, inside);
}
