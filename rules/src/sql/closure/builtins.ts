/**
 * What a call of a function that came with the server adds to the effects, given its class and its arguments.
 */

import type { FuncCall, Node } from '@pgsql/types';

import type { ObjectName } from '../../facts/effect.ts';
import { classifyBuiltinFunction, runsTypeCode } from '../builtin-functions.ts';
import type { BuiltinFunctionClass } from '../builtin-functions.ts';
import { parseSearchPath } from '../search-path-text.ts';
import { emit, emitUnknown, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { literalText } from '../syntax.ts';
import { UNLISTED_BUILTINS } from './builtin-oids.ts';
import { isSettingName } from './setting-row.ts';
import { changeSetting } from './settings.ts';
import { castToJson, useTypeText } from './types.ts';

/** Whether a name is that of a function that is known to have come with the server. */
export function isBuiltin(name: string): boolean {
  return classifyBuiltinFunction(name).kind !== 'unknown';
}

/** Whether a name is that of a function of the server that has no class. */
export function isUnlistedBuiltin(name: string): boolean {
  return UNLISTED_BUILTINS.has(name);
}

/**
 * Notes what a call of the built-in function does.
 * @param call the call where there is one; operators and casts reach functions without
 */
export function useBuiltin(name: string, call: FuncCall | null, scope: Scope): void {
  const known = classifyBuiltinFunction(name);
  const harmless = known.kind === 'harmless';
  scope.findings.use({ schema: 'pg_catalog', name, seen: harmless ? 'harmless' : seenAs(known) });
  if (harmless) {
    if (runsTypeCode(name)) runTypes(name, call?.args ?? [], scope);
    return;
  }
  // From here on the arguments decide.
  if (scope.fromMessage) scope.findings.literalDecides();
  actAs(known, { name, args: call?.args ?? [] }, scope);
}

/**
 * Functions that run the code of a type found at run time. Values bring types that the statement reaches anyway, by the
 * columns it reads or the casts it writes; what is left are casts to JSON and types that are named in a text.
 */
function runTypes(name: string, args: readonly Node[], scope: Scope): void {
  if (name.includes('json')) castToJson(scope);
  if (name !== 'pg_input_is_valid' && name !== 'pg_input_error_info') return;
  const type = literalText(args[1]);
  if (scope.fromMessage) scope.findings.literalDecides();
  if (type === undefined)
    emitUnknown(scope, `${name} runs the code of a type that is not in the statement`);
  else useTypeText(type, scope);
}

function seenAs(known: BuiltinFunctionClass): 'followed' | 'unknown' {
  return known.kind === 'unknown' || known.kind === 'sensitive read' ? 'unknown' : 'followed';
}

interface BuiltinCall {
  readonly name: string;
  readonly args: readonly Node[];
}

function actAs(known: BuiltinFunctionClass, call: BuiltinCall, scope: Scope): void {
  const { name, args } = call;
  switch (known.kind) {
    case 'harmless':
      return;
    case 'sequence':
      emit(scope, { kind: 'sequence', object: toSequence(args[0], scope), action: known.action });
      return;
    case 'setting':
      configure(args, scope);
      return;
    case 'outside':
      emit(scope, { kind: 'outside', target: known.target, name });
      return;
    case 'sql text':
      // With three arguments it takes two queries of the text search kind and no SQL.
      if (name === 'ts_rewrite' && args.length > 2) return;
      runText(args[known.argument], name, scope);
      return;
    case 'large object read':
      emit(scope, { kind: 'read', object: named('large object', 'large objects') });
      return;
    case 'large object':
      changeLargeObject(name, scope);
      return;
    case 'lock':
      emit(scope, { kind: 'lock', object: named('other', 'advisory lock'), mode: 'advisory' });
      return;
    case 'notify':
      emit(scope, { kind: 'notify', channel: literalText(args[0]) ?? 'a computed channel' });
      return;
    case 'sensitive read':
      emitUnknown(scope, `${name} reads what no table name shows`);
      return;
    case 'unknown':
      emitUnknown(scope, `what the function ${name} does is not known`);
      return;
  }
}

function named(kind: ObjectName['kind'], name: string): ObjectName {
  return { kind, schema: null, name };
}

/** The sequence that a text such as `public.users_id_seq` names. */
function toSequence(argument: Node | undefined, scope: Scope): ObjectName {
  const text = literalText(argument);
  // Qualified names are written like paths, with dots for commas.
  const parts = text === undefined ? null : parseSearchPath(text.replaceAll('.', ','), '$user');
  const [schema, name] = parts?.length === 2 ? parts : [undefined, parts?.[0]];
  if (name === undefined) return named('sequence', 'a computed sequence');
  const found = scope.index
    .relationsNamed(name)
    .find((relation) => (schema === undefined ? !scope.paths.bound : relation.schema === schema));
  return { kind: 'sequence', schema: schema ?? found?.schema ?? null, name };
}

function configure(args: readonly Node[], scope: Scope): void {
  const row = scope.fromMessage && isSettingName(args[0]) ? scope.settingRow : null;
  const name = row ?? literalText(args[0]);
  if (name === undefined) {
    emit(scope, { kind: 'setting', name: 'a computed setting', value: null, allowed: false });
    return;
  }
  const value = literalText(args[1]) ?? null;
  const identity = ['role', 'session_authorization'].includes(name.toLowerCase());
  if (identity) emit(scope, { kind: 'identity', action: `set_config(${name.toLowerCase()})` });
  changeSetting(name, value, scope);
}

/** Reads the SQL in an argument as if it stood in a body of its own. */
export function runText(argument: Node | undefined, name: string, scope: Scope): void {
  const text = literalText(argument);
  if (text === undefined) {
    emitUnknown(scope, `${name} runs SQL that is not in the statement`);
    return;
  }
  if (scope.fromMessage) scope.findings.literalDecides();
  const inside = { ...through(scope, `the text in ${name}`), commonTables: null };
  scope.reader.text(text, { ...inside, paths: scope.session, planOnly: false });
}

/** Rows are not counted for large objects, so what removes or overwrites one is not known to be bounded. */
function changeLargeObject(name: string, scope: Scope): void {
  const object = named('large object', 'large objects');
  if (name === 'lo_unlink') emit(scope, { kind: 'delete', object, rows: 'unknown' });
  else if (/^lo_(creat|create|from_bytea)$/u.test(name))
    emit(scope, { kind: 'insert', object, columns: [] });
  else emit(scope, { kind: 'update', object, columns: [], rows: 'unknown' });
}
