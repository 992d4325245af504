/**
 * INSERT, UPDATE, DELETE and MERGE: what they write, how much of it, and everything that their clauses read and call.
 */

import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  RangeVar,
  SelectStmt,
  UpdateStmt,
} from '@pgsql/types';

import type { RowBound } from '../../facts/effect.ts';
import { resolve } from '../closure/read.ts';
import { writeTo } from '../closure/write.ts';
import { readParts } from '../scope.ts';
import type { RowWrite, Scope } from '../scope.ts';
import { allOf, as } from '../syntax.ts';
import { isSameTable, sourcesOf, toSource } from '../where/row.ts';
import { boundOf } from '../where/row-bound.ts';
import { withCommonTables } from './common-tables.ts';

const READ_APART = ['withClause', 'relation'];

/** Reads an INSERT. ON CONFLICT DO UPDATE is an UPDATE as well. */
export function readInsert(insert: InsertStmt, scope: Scope): void {
  const inside = withCommonTables(insert.withClause, scope);
  readParts({ kind: 'InsertStmt', fields: insert }, inside, READ_APART);
  write(
    insert.relation,
    { ...INSERT, columns: columnsGiven(insert), named: columnsSet(insert.cols) },
    inside,
  );
  const conflict = insert.onConflictClause;
  if (conflict?.action !== 'ONCONFLICT_UPDATE' || insert.relation === undefined) return;
  const rows = boundOfConflict(insert, conflict, inside);
  write(insert.relation, toUpdate(conflict.targetList, rows), inside);
}

/**
 * Each inserted row updates at most one. So the update reaches every row only where the inserted rows are those of the
 * table itself.
 */
function boundOfConflict(insert: InsertStmt, conflict: OnConflictClause, scope: Scope): RowBound {
  const target = insert.relation;
  const query = as(insert.selectStmt, 'SelectStmt');
  if (target === undefined || query === undefined) return 'bounded';
  const source = toSource(target, scope);
  const fromItself = sourcesOf(query.fromClause, scope).find((one) => isSameTable(one, source));
  if (fromItself === undefined || isLimited(query)) return 'bounded';
  const inserted = boundOf(
    {
      target: { ...target, alias: { aliasname: fromItself.name } },
      from: query.fromClause,
      conditions: [query.whereClause],
    },
    scope,
  );
  if (inserted !== 'all' || conflict.whereClause === undefined) return inserted;
  return boundOf({ target, from: undefined, conditions: [conflict.whereClause] }, scope);
}

function isLimited(query: SelectStmt): boolean {
  return query.limitCount !== undefined || query.havingClause !== undefined;
}

/** Reads an UPDATE. */
export function readUpdate(update: UpdateStmt, scope: Scope): void {
  const inside = withCommonTables(update.withClause, scope);
  readParts({ kind: 'UpdateStmt', fields: update }, inside, READ_APART);
  if (update.relation === undefined) return;
  const rows = boundOf(
    { target: update.relation, from: update.fromClause, conditions: [update.whereClause] },
    inside,
  );
  write(update.relation, toUpdate(update.targetList, rows), inside);
}

/** Reads a DELETE. */
export function readDelete(deletion: DeleteStmt, scope: Scope): void {
  const inside = withCommonTables(deletion.withClause, scope);
  readParts({ kind: 'DeleteStmt', fields: deletion }, inside, READ_APART);
  if (deletion.relation === undefined) return;
  const rows = boundOf(
    { target: deletion.relation, from: deletion.usingClause, conditions: [deletion.whereClause] },
    inside,
  );
  write(deletion.relation, toDelete(rows), inside);
}

/** Reads a MERGE: one effect for each WHEN clause that does something. */
export function readMerge(merge: MergeStmt, scope: Scope): void {
  const inside = withCommonTables(merge.withClause, scope);
  readParts({ kind: 'MergeStmt', fields: merge }, inside, READ_APART);
  for (const when of allOf(merge.mergeWhenClauses, 'MergeWhenClause')) {
    mergeWhen(merge, when, inside);
  }
}

function mergeWhen(merge: MergeStmt, when: MergeWhenClause, scope: Scope): void {
  const { relation } = merge;
  if (relation === undefined) return;
  switch (when.commandType) {
    case 'CMD_INSERT':
      write(relation, { ...INSERT, named: columnsSet(when.targetList) }, scope);
      return;
    case 'CMD_UPDATE':
      write(relation, toUpdate(when.targetList, boundOfWhen(merge, when, scope)), scope);
      return;
    case 'CMD_DELETE':
      write(relation, toDelete(boundOfWhen(merge, when, scope)), scope);
      return;
    default:
      return;
  }
}

/** Rows without a match are limited by nothing but the clause's own condition. */
function boundOfWhen(merge: MergeStmt, when: MergeWhenClause, scope: Scope): RowBound {
  const target = merge.relation;
  if (target === undefined) return 'unknown';
  const unmatched = when.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE';
  const conditions = unmatched ? [when.condition] : [merge.joinCondition, when.condition];
  const from = merge.sourceRelation === undefined ? [] : [merge.sourceRelation];
  return boundOf({ target, from, conditions }, scope);
}

type Change = Omit<RowWrite, 'inherit'>;

const INSERT: Change = { event: 'insert', columns: [], rows: 'bounded', defaults: true };

function toUpdate(targets: readonly Node[] | undefined, rows: RowBound): Change {
  return { event: 'update', columns: columnsSet(targets), rows, defaults: setsDefaults(targets) };
}

function toDelete(rows: RowBound): Change {
  return { event: 'delete', columns: [], rows, defaults: false };
}

/**
 * Columns that get a value of the statement's own in every row. None where a row says DEFAULT anywhere: which column it
 * stands for is not worth telling apart.
 */
function columnsGiven(insert: InsertStmt): string[] {
  const query = as(insert.selectStmt, 'SelectStmt');
  if (query === undefined) return [];
  const rows = (query.valuesLists ?? []).flatMap((row) => as(row, 'List')?.items ?? []);
  if (rows.some((value) => as(value, 'SetToDefault') !== undefined)) return [];
  return allOf(insert.cols, 'ResTarget').flatMap(({ name, indirection }) =>
    name === undefined || indirection !== undefined ? [] : name,
  );
}

/** Names of the columns that a SET list or the list of an INSERT names. */
function columnsSet(targets: readonly Node[] | undefined): string[] {
  return allOf(targets, 'ResTarget').flatMap(({ name }) => name ?? []);
}

/** The target is never a WITH query: a name that is one means the table here. */
function write(relation: RangeVar | undefined, change: Change, scope: Scope): void {
  if (relation === undefined) return;
  const whole = { ...change, inherit: relation.inh === true };
  for (const target of resolve(relation, scope)) writeTo(target, whole, scope);
}

/** `SET x = DEFAULT` in a list of assignments. */
function setsDefaults(targets: readonly Node[] | undefined): boolean {
  return allOf(targets, 'ResTarget').some(({ val }) => as(val, 'SetToDefault') !== undefined);
}
