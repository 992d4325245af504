/**
 * `RETURNING *` of a table of which some columns may not be read: the columns that may, by name.
 */

import type { Node, ReturningClause } from '@pgsql/types';
import { as, stringsOf } from '../sql/syntax.ts';
import type { Target } from './target.ts';
import { columnNode, stringNode, targetNode } from './nodes.ts';

/**
 * Spells out what `*` stands for.
 * @param from what stands beside the table, whose columns `*` gives as well
 */
export function expandReturning(
  clause: ReturningClause | undefined,
  target: Target,
  from: readonly Node[] | undefined,
): void {
  const { hidden, relation } = target.protection;
  if (clause?.exprs === undefined || hidden.size === 0) return;
  target.place.work.touch(relation);
  clause.exprs = clause.exprs.flatMap((result) => {
    const fields = as(as(result, 'ResTarget')?.val, 'ColumnRef')?.fields ?? [];
    if (!fields.some((field) => 'A_Star' in field)) return [result];
    const [owner] = stringsOf(fields).slice(-1);
    if (owner === undefined) return [...columnsOf(target.name, target), ...starsOf(from, target)];
    const owners = [target.name, 'old', 'new', ...(clause.options ?? []).flatMap(renamed)];
    return owners.includes(owner) ? columnsOf(owner, target) : [result];
  });
  if (clause.exprs.length === 0) {
    target.place.work.refuse(`this role may read no column of \`${relation.name}\``);
  }
}

function renamed(option: Node): readonly string[] {
  const value = as(option, 'ReturningOption')?.value;
  return value === undefined ? [] : [value];
}

function columnsOf(owner: string, { protection }: Target): Node[] {
  return protection.readable.map((column) => targetNode(columnNode(owner, column)));
}

function starsOf(from: readonly Node[] | undefined, target: Target): Node[] {
  return (from ?? []).flatMap((item) => {
    const range = as(item, 'RangeVar');
    const name = range?.alias?.aliasname ?? range?.relname ?? aliasOf(item);
    if (name === undefined) {
      target.place.work.refuse('RETURNING * cannot be told apart here: name the columns');
      return [];
    }
    return [targetNode({ ColumnRef: { fields: [stringNode(name), { A_Star: {} }] } })];
  });
}

function aliasOf(item: Node): string | undefined {
  return (
    as(item, 'RangeSubselect')?.alias?.aliasname ?? as(item, 'RangeFunction')?.alias?.aliasname
  );
}
