/**
 * Holds what an operation does against what a role grants. Whatever the role does not name is denied, so every kind of
 * effect has a line here, and one that touches no table has to say why it passes.
 *
 * What a role needs no word for, because ordinary clients do it and it shows or changes nothing of anybody: beginning and
 * ending transactions, harmless settings of the server, SHOW, reading the system catalogs that describe the schema,
 * preparing and forgetting statements, dropping what is temporary (DISCARD ALL), fetching from a cursor, sequences behind the default of a granted INSERT,
 * UNLISTEN, and giving back advisory locks.
 */

import { isTemporary, toObjectText } from '../facts/effect.ts';
import type { Effect, ObjectName } from '../facts/effect.ts';
import type { StatementFacts } from '../facts/sql-facts.ts';
import { classifyBuiltinFunction } from '../sql/builtin-functions.ts';
import { isPlainCatalogTable, revealsMore } from './catalog-tables.ts';
import { tableOf } from './role-scope.ts';
import type {
  ColumnOperation,
  ForbiddableOperation,
  RoleScope,
  TableOperation,
} from './role-scope.ts';

/** Why something is outside of a role. A clause for a person. */
export interface OutsideRole {
  readonly reason: string;
  /** It is one of the operations that the role forbids for good. */
  readonly forbidden: boolean;
}

/** Modes of row locks; the server wants the right to change the rows for them. */
const ROW_LOCKS: ReadonlySet<string> = new Set([
  'for update',
  'for no key update',
  'for share',
  'for key share',
]);

/** Modes of LOCK TABLE that hinder no reader and no writer. */
const WRITER_LOCKS: ReadonlySet<string> = new Set(['row share', 'row exclusive']);

/** Operations that change rows. */
const ROW_CHANGES: readonly TableOperation[] = ['INSERT', 'UPDATE', 'DELETE'];

/**
 * Steps on the way to an effect that are the schema's own doing. What is read there is not shown to the client; what is
 * written there has to be granted all the same.
 */
const OF_THE_SCHEMA = /^(?:policy|check or index of|default of|column|trigger) /;

/** Steps that are the client's own words put in another place. */
const OF_THE_CLIENT = /^(?:CTE |prepared statement |EXECUTE$|DO block$)/;

/** Everything in one statement that the role does not grant; empty when it grants all. */
export function judgeStatement(
  statement: StatementFacts,
  role: RoleScope,
  forbidden: ReadonlySet<ForbiddableOperation>,
): readonly OutsideRole[] {
  const found: OutsideRole[] = [];
  const revealing = statement.functions.find(({ name }) => revealsMore(name));
  if (revealing !== undefined) {
    const reason = `${revealing.name} shows more than the schema, and no role grants it`;
    found.push({ reason, forbidden: false });
  }
  for (const effect of statement.effects) {
    const word = wordsOf(effect).find((name) => forbidden.has(name));
    if (word !== undefined) {
      found.push({ reason: `${word} is forbidden for good${describeOn(effect)}`, forbidden: true });
      continue;
    }
    const reason = judgeEffect(effect, statement, role);
    if (reason !== null) found.push({ reason, forbidden: false });
  }
  return found;
}

/** The words that can forbid an effect. */
function wordsOf(effect: Effect): readonly ForbiddableOperation[] {
  switch (effect.kind) {
    case 'read':
      return isOfTheCatalog(effect.object) ? [] : ['SELECT'];
    case 'insert':
      return ['INSERT'];
    case 'update':
      return ['UPDATE'];
    case 'delete':
      return ['DELETE'];
    case 'truncate':
      return ['TRUNCATE'];
    case 'create':
      return effect.object.kind === 'prepared statement' ? [] : ['CREATE'];
    case 'alter':
      return effect.action.startsWith('drop') ? ['ALTER', 'DROP'] : ['ALTER'];
    case 'drop':
      return isTemporary(effect) ? [] : ['DROP'];
    case 'privilege':
      return ['GRANT', 'REVOKE'];
    case 'lock':
      return ['LOCK'];
    case 'notify':
      return ['NOTIFY'];
    case 'listen':
      return ['LISTEN'];
    default:
      return [];
  }
}

/** Why the role does not grant an effect; null when it does. */
function judgeEffect(effect: Effect, statement: StatementFacts, role: RoleScope): string | null {
  switch (effect.kind) {
    case 'read':
      return judgeRead(effect, role);
    case 'insert':
      return needColumns(effect, 'INSERT', role);
    case 'update':
      return needColumns(effect, 'UPDATE', role);
    case 'delete':
      return need(effect.object, 'DELETE', role);
    case 'truncate':
      return need(effect.object, 'TRUNCATE', role);
    case 'alter':
      return need(effect.object, 'ALTER', role);
    case 'drop':
      // Poolers send DISCARD ALL. What is temporary is the connection's own.
      return isTemporary(effect) ? null : need(effect.object, 'DROP', role);
    case 'create':
      return isPrepared(effect.object)
        ? null
        : `no role grants creating ${describe(effect.object)}`;
    case 'setting':
      // SECURITY(P-70): the application's own settings may steer its row policies.
      return effect.name.includes('.')
        ? `\`${effect.name}\` is a setting of the application, which may say whose rows are shown`
        : null;
    case 'transaction':
      return null;
    case 'lock':
      return judgeLock(effect, statement, role);
    case 'sequence':
      return judgeSequence(effect);
    case 'listen':
      return statement.command === 'UNLISTEN'
        ? null
        : `no role grants listening to \`${effect.channel}\``;
    case 'notify':
      return `no role grants notifying \`${effect.channel}\``;
    case 'maintenance':
      return `no role grants ${effect.action}`;
    case 'privilege':
      return `no role grants ${effect.action}`;
    case 'identity':
    case 'late':
      return `no role grants ${effect.action}`;
    case 'catalog write':
      return `no role grants writing to ${toObjectText(effect.object)}`;
    case 'outside':
      return `no role grants \`${effect.name}\`, which acts on a ${effect.target}`;
    case 'connect':
    case 'http':
    case 'tool':
    case 'mcp':
      return null;
    case 'unknown':
      return `it cannot be seen what happens, so no role grants it: ${effect.reason}`;
  }
}

function judgeRead(effect: Effect & { readonly kind: 'read' }, role: RoleScope): string | null {
  const { object, via } = effect;
  // A setting that SHOW shows, a cursor whose query was judged when it was declared.
  if (object.kind === 'other' && object.schema === null) return null;
  if (isOfTheCatalog(object)) {
    return isPlainCatalogTable(object)
      ? null
      : `${toObjectText(object)} shows more than the schema, and no role grants it`;
  }
  if (via.some((step) => OF_THE_SCHEMA.test(step))) return null;
  const named = tableOf(role, object.schema, object.name) !== undefined;
  if (!named && isInsideGrantedView(via, role)) return null;
  return need(object, 'SELECT', role);
}

/** A view shows what it shows by itself; what is under it needs no grant unless the role speaks of it. */
function isInsideGrantedView(via: readonly string[], role: RoleScope): boolean {
  const step = via.find((one) => !OF_THE_CLIENT.test(one));
  const name = /^(?:materialized )?view (.+)$/s.exec(step ?? '')?.[1];
  if (name === undefined) return false;
  for (const table of role.tables.values()) {
    if (`${table.schema}.${table.name}` === name && table.operations.has('SELECT')) return true;
  }
  return false;
}

function judgeLock(
  effect: Effect & { readonly kind: 'lock' },
  statement: StatementFacts,
  role: RoleScope,
): string | null {
  const { object, mode } = effect;
  if (mode === 'advisory')
    return takesLock(statement) ? 'no role grants advisory locks or waiting' : null;
  if (mode === 'access share') return need(object, 'SELECT', role);
  if (ROW_LOCKS.has(mode)) {
    return need(object, 'SELECT', role) ?? needOneOf(object, ['UPDATE', 'DELETE'], role);
  }
  if (WRITER_LOCKS.has(mode)) return needOneOf(object, ROW_CHANGES, role);
  return `no role grants locking ${toObjectText(object)} in ${mode} mode`;
}

/** Whether one of the functions that lock or wait does more than give back. */
function takesLock({ functions }: StatementFacts): boolean {
  return functions.some(
    ({ name }) =>
      !name.startsWith('pg_advisory_unlock') && classifyBuiltinFunction(name).kind === 'lock',
  );
}

function judgeSequence(effect: Effect & { readonly kind: 'sequence' }): string | null {
  const ofDefault = effect.via.some((step) => step.startsWith('default of '));
  if (effect.action === 'advance' && ofDefault) return null;
  return `no role grants changing the sequence ${toObjectText(effect.object)} by itself`;
}

function needColumns(
  effect: Effect & { readonly kind: 'insert' | 'update' },
  operation: ColumnOperation,
  role: RoleScope,
): string | null {
  const missing = need(effect.object, operation, role);
  if (missing !== null) return missing;
  const { schema, name } = effect.object;
  const granted = tableOf(role, schema, name)?.columns.get(operation);
  if (granted === undefined) return null;
  const only = `the role \`${role.name}\` has ${operation} on ${toObjectText(effect.object)} for ${granted.join(', ')} only`;
  if (effect.columns.length === 0) return `${only}, and the statement does not name its columns`;
  const outside = effect.columns.filter((column) => !granted.includes(column));
  return outside.length === 0 ? null : `${only}, not for ${outside.join(', ')}`;
}

function needOneOf(
  object: ObjectName,
  operations: readonly TableOperation[],
  role: RoleScope,
): string | null {
  const granted = tableOf(role, object.schema, object.name)?.operations;
  return operations.some((operation) => granted?.has(operation) === true)
    ? null
    : lacking(object, operations.join(' or '), role);
}

function need(object: ObjectName, operation: TableOperation, role: RoleScope): string | null {
  return needOneOf(object, [operation], role);
}

/** SECURITY(P-70): the name alone would not do: a temporary table may be called like a granted one. */
function lacking(object: ObjectName, operation: string, role: RoleScope): string {
  const granted = tableOf(role, object.schema, object.name)?.operations;
  const has = granted === undefined ? 'nothing' : [...granted].join(', ');
  return `the role \`${role.name}\` has no ${operation} on ${describe(object)}; it has ${has} there`;
}

function describe(object: ObjectName): string {
  return object.kind === 'table'
    ? toObjectText(object)
    : `the ${object.kind} ${toObjectText(object)}`;
}

function describeOn(effect: Effect): string {
  if (!('object' in effect) || effect.object === null) return '';
  return `, on ${toObjectText(effect.object)} as well`;
}

function isPrepared({ kind }: ObjectName): boolean {
  return kind === 'prepared statement';
}

function isOfTheCatalog({ schema }: ObjectName): boolean {
  return schema === 'pg_catalog' || schema === 'information_schema';
}
