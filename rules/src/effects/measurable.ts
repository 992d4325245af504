/**
 * Which operations can be run in a held transaction, counted and rolled back without a trace.
 * INVARIANT: what a rollback would not undo is never measured. It is decided from its facts alone.
 * The one exception is the advance of a sequence, which leaves a gap and nothing else.
 */

import type { Effect, ObjectKind } from '../facts/effect.ts';
import type { SqlFacts, StatementFacts } from '../facts/sql-facts.ts';

/** Objects whose removal is one ordinary transaction. Others may be dropped in ways that refuse one (CONCURRENTLY, databases). */
const DROPPED_IN_TRANSACTION = new Set<ObjectKind>([
  'table',
  'view',
  'materialized view',
  'schema',
]);

/** Kinds of effects that change rows, which is what a measurement counts. */
type RowEffect = Effect & { readonly kind: 'insert' | 'update' | 'delete' | 'truncate' | 'drop' };

/** Whether an effect changes rows of somebody. Temporary objects die with the connection that made them. */
export function changesRows(effect: Effect): effect is RowEffect {
  switch (effect.kind) {
    case 'insert':
    case 'update':
    case 'delete':
    case 'truncate':
      return !isTemporary(effect.object);
    case 'drop':
      return DROPPED_IN_TRANSACTION.has(effect.object.kind) && !isTemporary(effect.object);
    default:
      return false;
  }
}

/** Whether there is anything to count. */
export function wantsNumbers(facts: SqlFacts): boolean {
  return facts.statements.some(({ effects }) => effects.some(changesRows));
}

/**
 * Why a message cannot be run, counted and rolled back; null when it can.
 * @returns a clause for a person
 */
export function whyNotMeasurable(facts: SqlFacts): string | null {
  for (const statement of facts.statements) {
    const why = statement.effects.map((effect) => whyNot(effect, statement)).find(isSaid);
    if (why !== undefined) return why;
  }
  return null;
}

function isSaid(why: string | null): why is string {
  return why !== null;
}

function whyNot(effect: Effect, statement: StatementFacts): string | null {
  switch (effect.kind) {
    case 'read':
    case 'notify':
    case 'lock':
      return null;
    case 'insert':
      if (statement.command.startsWith('COPY') && effect.via.length === 0)
        return 'the rows of a COPY come from the client once only';
      return whyNotRows(effect);
    case 'update':
    case 'delete':
    case 'truncate':
      return whyNotRows(effect);
    case 'drop':
      return DROPPED_IN_TRANSACTION.has(effect.object.kind)
        ? null
        : `the removal of a ${effect.object.kind} is not measured`;
    case 'sequence':
      return effect.action === 'advance' ? null : 'no rollback undoes the setting of a sequence';
    case 'setting':
      // A function that sets something for its own time; the transaction takes it back.
      return effect.allowed && effect.via.length > 0 ? null : 'a setting changes with it';
    case 'create':
    case 'alter':
      return isTemporary(effect.object) ? null : 'a change of definitions is not measured';
    case 'transaction':
      return 'it begins or ends a transaction itself';
    case 'maintenance':
    case 'privilege':
    case 'identity':
    case 'listen':
    case 'late':
    case 'outside':
    case 'connect':
    case 'tool':
    case 'mcp':
    case 'http':
    case 'catalog write':
      return 'a part of it cannot be taken back by a rollback';
    case 'unknown':
      return 'a part of it could not be seen through';
  }
}

function whyNotRows(
  effect: Effect & { readonly kind: 'insert' | 'update' | 'delete' | 'truncate' },
): string | null {
  if (effect.object.kind === 'foreign table') return 'the rows lie on another server';
  return effect.object.schema === null ? 'a table of it is not known' : null;
}

function isTemporary(object: { readonly schema: string | null; readonly own?: true }): boolean {
  return object.schema === 'pg_temp' || object.own === true;
}
