/**
 * From a WHERE clause to how many rows it lets through, as far as the tree tells.
 *
 * A clause that relates the target to other tables (`USING staging WHERE orders.id = staging.id`) is bounded: whether the
 * other table holds every key is for the measurement to find out. A clause that says nothing about the target is none.
 */

import type { Node, RangeVar } from '@pgsql/types';

import type { RowBound } from '../../facts/effect.ts';
import type { Scope } from '../scope.ts';
import { as } from '../syntax.ts';
import { mentions, sourcesOf, toSource, twinsAmong } from './row.ts';
import type { Row } from './row.ts';
import { judge } from './truth.ts';

/** A change of rows and its condition. */
export interface Clause {
  readonly target: RangeVar;
  /** FROM of an UPDATE, USING of a DELETE, the source of a MERGE. */
  readonly from: readonly Node[] | undefined;
  /** Conditions that must all hold. Missing ones are true. */
  readonly conditions: readonly (Node | undefined)[];
}

/** How many rows the clause lets through. */
export function boundOf(clause: Clause, scope: Scope): RowBound {
  const conditions = clause.conditions.filter((condition) => condition !== undefined);
  if (conditions.length === 0) return 'all';
  const condition: Node = { BoolExpr: { boolop: 'AND_EXPR', args: conditions } };
  // A cursor stands on one row.
  if (conditions.some((part) => as(part, 'CurrentOfExpr') !== undefined)) return 'bounded';
  const target = toSource(clause.target, scope);
  const siblings = sourcesOf(clause.from, scope);
  const joins = (clause.from ?? []).flatMap(joinConditions);
  const row: Row = { scope, target, siblings, levels: [], twins: new Set() };
  const alone = judge(condition, row);
  if (alone === 'never') return 'bounded';
  if (mentions(condition, row) === 'no' && joins.every((join) => mentions(join, row) === 'no')) {
    return 'all';
  }
  const twins = new Set(twinsAmong(siblings, target));
  switch (twins.size === 0 ? alone : judge(condition, { ...row, twins })) {
    case 'always':
      return 'all';
    case 'never':
    case 'depends':
      return 'bounded';
    case 'unclear':
      return 'unknown';
  }
}

/** Conditions of joins inside FROM, which may limit the target as well. */
function joinConditions(node: Node): Node[] {
  const join = as(node, 'JoinExpr');
  return join?.quals === undefined ? [] : [join.quals];
}
