/**
 * From a WHERE clause to how many rows it lets through, as far as the tree tells.
 *
 * A clause that only relates the target to other tables (`USING staging WHERE orders.id = staging.id`) is unknown: whether
 * the other table holds every key is for a measurement to find out. A clause that says nothing about the target is none.
 */

import type { Node, RangeVar } from '@pgsql/types';

import type { RowBound } from '../../facts/effect.ts';
import type { Scope } from '../scope.ts';
import { as } from '../syntax.ts';
import { joinConditions, limitedSources } from './joins.ts';
import { CROWD, mentions, sourcesOf, toSource, twinsAmong } from './row.ts';
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
  if (siblings === CROWD) return 'unknown';
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
      return 'bounded';
    case 'depends':
      return isLimited(row, clause, [...conditions, ...joins]) ? 'bounded' : 'unknown';
    case 'unclear':
      return 'unknown';
  }
}

/** Whether something else than a relation to unlimited tables limits the target. */
function isLimited(row: Row, clause: Clause, conditions: readonly Node[]): boolean {
  const { target, scope } = row;
  // The target may stand in FROM under its own name, where a query over it is asked about.
  const siblings = row.siblings.filter(({ name }) => name !== target.name);
  if (siblings.length === 0) return true;
  const joined = { sources: [target, ...siblings], from: clause.from, conditions };
  const looking = {
    scope,
    judge: (condition: Node | undefined, inside: Row = row) => judge(condition, inside),
    outer: [],
    depth: 0,
  };
  return limitedSources(joined, looking).has(target);
}
