/**
 * Columns that a role may not use, by name: in what a statement writes, and in what it reads of the table it writes to. (A table
 * that is only read has lost them already, see read.ts.)
 */

import type { Node } from '@pgsql/types';
import { allOf, stringsOf, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import type { Target } from './target.ts';
import { nameOf } from './work.ts';

/** Refuses columns that the role may not write. */
export function checkTargets(
  targets: readonly Node[] | undefined,
  target: Target,
  operation: 'INSERT' | 'UPDATE',
): void {
  const { protection, place } = target;
  const may = operation === 'INSERT' ? protection.insertable : protection.updatable;
  for (const { name } of allOf(targets, 'ResTarget')) {
    if (name === undefined || may.has(name)) continue;
    place.work.refuse(
      `this role may not ${operation === 'INSERT' ? 'insert' : 'update'} \`${name}\` of \`${nameOf(protection.relation)}\``,
    );
  }
}

/** Refuses every mention of a column of the target that may not be read, wherever in the statement. */
export function refuseHidden(part: Part, target: Target): void {
  const { hidden } = target.protection;
  if (hidden.size === 0) return;
  const owners = new Set([target.name, target.protection.relation.name, 'excluded', 'old', 'new']);
  for (const renamed of returningNames(part)) owners.add(renamed);
  visitReading(part, (column, direct) => {
    const fields = column.fields ?? [];
    const names = stringsOf(fields);
    const star = fields.some((field) => 'A_Star' in field);
    const name = names.at(-1) ?? '';
    const owner = star ? name : names.at(-2);
    const its = owner === undefined || owners.has(owner);
    if (!star && its && hidden.has(name)) refuseColumn(name, target);
    // A row as a whole holds what may not be read. `*` in RETURNING is spelled out, see returning.ts.
    const whole = star
      ? names.length > 0 && !direct
      : names.length === 1 && !isColumn(name, target);
    if (whole && owners.has(name)) {
      target.place.work.refuse(
        `\`${name}\` as a whole holds columns that this role may not read: name the columns`,
      );
    }
  });
}

/** Refuses a column by its name. */
export function refuseColumn(name: string, { protection, place }: Target): void {
  place.work.refuse(`this role may not read \`${name}\` of \`${nameOf(protection.relation)}\``);
}

function isColumn(name: string, { protection }: Target): boolean {
  return protection.relation.columns.some((column) => column.name === name);
}

/** Names that RETURNING gives to the old and the new row. */
function returningNames({ fields }: Part): readonly string[] {
  const { returningClause } = fields as { returningClause?: { options?: Node[] } };
  return allOf(returningClause?.options, 'ReturningOption').flatMap(({ value }) => value ?? []);
}

/** @param visit told of each column, and whether it stands by itself in RETURNING */
function visitReading(
  part: Part,
  visit: (column: { fields?: Node[] }, direct: boolean) => void,
): void {
  walkReading(part, { visit, above: [] });
}

function walkReading(
  part: Part,
  state: {
    readonly visit: (column: { fields?: Node[] }, direct: boolean) => void;
    readonly above: readonly string[];
  },
): void {
  const { above, visit } = state;
  if (part.kind === 'ColumnRef') {
    const direct = above.at(-1) === 'ResTarget' && above.at(-2) === 'ReturningClause';
    visit(unsafePart(part.fields, 'ColumnRef'), direct);
  }
  // ON CONFLICT names columns without a reference to them.
  if (part.kind === 'IndexElem') {
    const { name } = unsafePart(part.fields, 'IndexElem');
    if (name !== undefined) visit({ fields: [{ String: { sval: name } }] }, false);
  }
  const inside = { visit, above: [...above, part.kind] };
  visitChildren(part, (child) => walkReading(child, inside));
}
