/**
 * SELECT, VALUES and TABLE: whatever their clauses read and call, rows they lock, and tables that SELECT INTO makes.
 */

import type { IntoClause, LockingClause, Node, RangeVar, SelectStmt } from '@pgsql/types';

import { isCommonTable, resolve } from '../closure/read.ts';
import { emit, readNode, readParts } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf, as, literalOf } from '../syntax.ts';
import { createdRelation } from './objects.ts';
import { withCommonTables } from './common-tables.ts';

const READ_APART = ['withClause', 'larg', 'rarg', 'intoClause', 'lockingClause'];

/** Reads a SELECT with everything inside it. */
export function readSelect(select: SelectStmt, scope: Scope): void {
  const inside = withCommonTables(select.withClause, scope);
  const { larg, rarg, intoClause, lockingClause } = select;
  noteLimit(select, scope);
  readParts({ kind: 'SelectStmt', fields: select }, inside, READ_APART);
  if (larg !== undefined) scope.reader.part({ kind: 'SelectStmt', fields: larg }, inside);
  if (rarg !== undefined) scope.reader.part({ kind: 'SelectStmt', fields: rarg }, inside);
  if (intoClause !== undefined) createInto(intoClause, inside);
  lockRows(lockingClause, select.fromClause, inside);
}

/** How many rows a query may give is part of what it asks for. */
function noteLimit(select: SelectStmt, scope: Scope): void {
  const limits = [select.limitCount, select.limitOffset];
  if (scope.fromMessage && limits.some((limit) => literalOf(limit) !== undefined)) {
    scope.findings.literalDecides();
  }
}

/** SELECT INTO and CREATE TABLE AS make a table. */
export function createInto(into: IntoClause, scope: Scope): void {
  if (into.rel !== undefined) {
    emit(scope, { kind: 'create', object: createdRelation(into.rel, 'table', scope) });
  }
  for (const option of into.options ?? []) readNode(option, scope);
}

const STRENGTHS: Readonly<Record<string, string>> = {
  LCS_FORKEYSHARE: 'for key share',
  LCS_FORSHARE: 'for share',
  LCS_FORNOKEYUPDATE: 'for no key update',
  LCS_FORUPDATE: 'for update',
};

function lockRows(
  clauses: readonly Node[] | undefined,
  from: readonly Node[] | undefined,
  scope: Scope,
): void {
  if (scope.planOnly) return;
  for (const clause of allOf(clauses, 'LockingClause')) {
    const mode = STRENGTHS[clause.strength ?? ''] ?? 'for update';
    for (const relation of lockedBy(clause, from)) {
      if (isCommonTable(relation, scope)) continue;
      for (const { object } of resolve(relation, scope))
        emit(scope, { kind: 'lock', object, mode });
    }
  }
}

/** The relations of FROM that a locking clause is about: all, or those it names by what they are called there. */
function lockedBy(clause: LockingClause, from: readonly Node[] | undefined): RangeVar[] {
  const relations = (from ?? []).flatMap(relationsIn);
  if (clause.lockedRels === undefined) return relations;
  const names = new Set(allOf(clause.lockedRels, 'RangeVar').map(({ relname }) => relname));
  return relations.filter(({ alias, relname }) => names.has(alias?.aliasname ?? relname));
}

function relationsIn(node: Node | undefined): RangeVar[] {
  const relation = as(node, 'RangeVar');
  if (relation !== undefined) return [relation];
  const join = as(node, 'JoinExpr');
  if (join !== undefined) return [...relationsIn(join.larg), ...relationsIn(join.rarg)];
  const query = as(as(node, 'RangeSubselect')?.subquery, 'SelectStmt');
  return (query?.fromClause ?? []).flatMap(relationsIn);
}
