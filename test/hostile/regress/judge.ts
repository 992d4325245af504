/**
 * Holds what the guard called a statement against what the server measured. Whatever a statement does by its nature,
 * when it is what the guard says it is, stands here with its reason; everything else is wrong.
 */

import { BUILT_IN_RULES, classOfFacts } from '@agentguard/rules';
import type { Effect, ObjectName, SqlFacts } from '@agentguard/rules';
import type { Measured, TableChange } from './measured-session.ts';

/** They take a transaction number in order to tell it. */
const ASK_FOR_THE_NUMBER = new Set(['txid_current', 'pg_current_xact_id']);

/** Where a large object is kept, and what else goes with it: comments, and rights of roles. */
const OF_LARGE_OBJECTS =
  /^pg_catalog\.pg_(?:largeobject|largeobject_metadata|shdepend|depend|description)$/;

/** What was changed and not said. Empty when the guard was right. */
export function findUnsaid(facts: SqlFacts, measured: Measured): readonly string[] {
  // What a cursor runs was said when it was declared.
  if (measured.kind !== 'changed' || isOnlyCommand(facts, /^(?:FETCH|MOVE)/)) return [];
  const rows = measured.tables.flatMap((table) => findUnsaidRows(table, facts));
  if (classOfFacts(facts) === 'write') return rows;
  return [...rows, ...measured.what.filter((change) => !isItsNature(change, facts))];
}

/** A transaction's own commands cannot be tried inside of one, and no rollback opens a cursor again. */
export function canBeMeasured(facts: SqlFacts): boolean {
  const ends = effectsOf(facts).some(({ kind }) => kind === 'transaction');
  return !ends && !isOnlyCommand(facts, /^CLOSE/);
}

/** Whether it asks for rows, and whoever wrote it may expect an answer without a question. */
export function isQuery(facts: SqlFacts): boolean {
  return isOnlyCommand(facts, /^(?:SELECT|VALUES|SHOW|EXPLAIN)/);
}

function isOnlyCommand({ statements }: SqlFacts, pattern: RegExp): boolean {
  return statements.length > 0 && statements.every(({ command }) => pattern.test(command));
}

/** What the rules deny, whatever anybody answers. */
export function isDenied(facts: SqlFacts): boolean {
  const situation = { production: false, windowOpen: true };
  return effectsOf(facts).some((effect) =>
    BUILT_IN_RULES.some(({ judge }) => judge(effect, situation)?.verdict === 'deny'),
  );
}

/** Why it is called unknown. */
export function reasonOf(facts: SqlFacts): string {
  for (const effect of effectsOf(facts)) if (effect.kind === 'unknown') return effect.reason;
  return '';
}

function isItsNature(change: string, facts: SqlFacts): boolean {
  const effects = effectsOf(facts);
  // A setting of the session ends with it.
  if (change.startsWith('setting ')) return effects.some(({ kind }) => kind === 'setting');
  if (change !== 'a transaction number') return false;
  // Locks of rows are written into the rows, and strong locks of tables into the log for standby servers.
  if (effects.some(({ kind }) => kind === 'lock')) return true;
  const functions = facts.statements.flatMap((statement) => statement.functions);
  return functions.some(({ name }) => ASK_FOR_THE_NUMBER.has(name));
}

function findUnsaidRows(table: TableChange, facts: SqlFacts): readonly string[] {
  const { names, inserted, updated, deleted } = table;
  // Large values of a table are kept in another one of its own, and temporary tables end with the session.
  if (names.some((name) => /^pg_(?:toast|temp)/.test(name))) return [];
  const said = new Set(
    effectsOf(facts)
      .filter((effect) => isAbout(effect, names))
      .map(toKind),
  );
  // REFRESH writes what its query gives, and a large object of any kind is kept in pieces.
  if (said.has('maintenance') || names.some((name) => isOfLargeObjects(name, facts))) return [];
  // An UPDATE that moves a row to another partition deletes it here and inserts it there.
  const moves = said.has('update');
  const unsaid: string[] = [];
  if (inserted > 0 && !said.has('insert') && !moves) unsaid.push('rows inserted into');
  if (updated > 0 && !said.has('update')) unsaid.push('rows updated in');
  if (deleted > 0 && !said.has('delete') && !moves) unsaid.push('rows deleted from');
  return unsaid.map((what) => `${what} ${names.join(', a part of ')}`);
}

/** Whether an effect is about one of the tables, which are written with their schemas. */
function isAbout(effect: Effect, names: readonly string[]): boolean {
  // ANALYZE and its like write down in the catalog what they found.
  if (effect.kind === 'maintenance' && names.some((name) => name.startsWith('pg_catalog.')))
    return true;
  if (!('object' in effect) || effect.object === null) return false;
  const { object } = effect;
  return names.some((name) => isNamed(object, name));
}

function isOfLargeObjects(table: string, facts: SqlFacts): boolean {
  if (!OF_LARGE_OBJECTS.test(table)) return false;
  return effectsOf(facts).some(
    (effect) =>
      effect.kind !== 'read' && 'object' in effect && effect.object?.kind === 'large object',
  );
}

/** What a connection made in its own transaction is known by its name alone. */
function isNamed({ schema, name, own }: ObjectName, table: string): boolean {
  if (own === true) return table.slice(table.indexOf('.') + 1) === name;
  return table === `${schema ?? ''}.${name}`;
}

function toKind({ kind }: Effect): Effect['kind'] {
  return kind;
}

function effectsOf(facts: SqlFacts): readonly Effect[] {
  return facts.statements.flatMap(({ effects }) => effects);
}
