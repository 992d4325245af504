/**
 * Says by name which column of a table that is read may not be read. The column is gone from the rewritten statement in any
 * case: this is the difference between a clear refusal and the server's "does not exist".
 */

import type { Node } from '@pgsql/types';
import type { CatalogRelation } from '../sql/catalog.ts';
import { allOf, stringsOf, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import { SYSTEM_COLUMNS } from '../sql/where/row.ts';
import { stringNode } from './nodes.ts';
import { nameOf } from './work.ts';
import type { Concerned, Work } from './work.ts';

/** A statement as the client wrote it, and what its names mean. */
export interface Reading {
  readonly work: Work;
  readonly relations: readonly CatalogRelation[];
  readonly concerned: readonly Concerned[];
}

/** Refuses columns that are held back, by their names. */
export function refuseHiddenReading(statement: Part, reading: Reading): void {
  const { work, concerned, relations } = reading;
  const holding = concerned.filter(({ protection }) => (protection?.hidden.size ?? 0) > 0);
  if (holding.length === 0 && work.replaced.size === 0) return;
  const owners = ownersOf(statement, relations);
  const made = namesMade(statement);
  const refuse = (name: string, owner: string | undefined): void => {
    const its = owner === undefined ? null : owners.get(owner);
    if (owner !== undefined && its === undefined) return;
    if (SYSTEM_COLUMNS.has(name) && isReplaced(its ?? relations, work)) {
      work.refuse(`the system column \`${name}\` is not there for a table whose rows are filtered`);
    }
    const candidates = (its ?? relations).filter((one) => has(one, name));
    const hidden = candidates.filter((one) =>
      holding.some(({ relation, protection }) => relation === one && protection?.hidden.has(name)),
    );
    const [first] = hidden;
    if (first === undefined || hidden.length < candidates.length || made.has(name)) return;
    work.refuse(`this role may not read \`${name}\` of \`${nameOf(first)}\``);
  };
  visit(statement, (part) => {
    if (part.kind === 'ColumnRef') {
      const names = stringsOf(unsafePart(part.fields, 'ColumnRef').fields);
      refuse(names.at(-1) ?? '', names.at(-2));
    } else if (part.kind === 'JoinExpr') {
      const { usingClause } = unsafePart(part.fields, 'JoinExpr');
      for (const name of stringsOf(usingClause)) refuse(name, undefined);
    }
  });
}

function has({ columns }: CatalogRelation, name: string): boolean {
  return columns.some((column) => column.name === name);
}

function isReplaced(relations: readonly CatalogRelation[], work: Work): boolean {
  return relations.length > 0 && relations.every((one) => work.replaced.has(nameOf(one)));
}

/** What each name in front of a column may stand for. */
function ownersOf(
  statement: Part,
  relations: readonly CatalogRelation[],
): ReadonlyMap<string, readonly CatalogRelation[]> {
  const owners = new Map<string, CatalogRelation[]>();
  visit(statement, (part) => {
    if (part.kind !== 'RangeVar') return;
    const { alias, relname, schemaname } = unsafePart(part.fields, 'RangeVar');
    const name = alias?.aliasname ?? relname ?? '';
    const meant = relations.filter(
      (one) => one.name === relname && (schemaname === undefined || one.schema === schemaname),
    );
    owners.set(name, [...(owners.get(name) ?? []), ...meant]);
  });
  return owners;
}

/** Names that the statement itself gives to columns. */
function namesMade(statement: Part): ReadonlySet<string> {
  const made = new Set<string>();
  visit(statement, ({ kind, fields }) => {
    if (kind === 'ResTarget') made.add(unsafePart(fields, kind).name ?? '');
    if (kind === 'Alias')
      for (const name of stringsOf(unsafePart(fields, kind).colnames)) made.add(name);
    if (kind === 'CommonTableExpr') {
      for (const name of stringsOf(unsafePart(fields, kind).aliascolnames)) made.add(name);
    }
    if (kind === 'ColumnDef') made.add(unsafePart(fields, kind).colname ?? '');
    if (kind === 'RangeFunction') {
      for (const { colname } of allOf(unsafePart(fields, kind).coldeflist, 'ColumnDef')) {
        made.add(colname ?? '');
      }
    }
  });
  return made;
}

/**
 * A query has no schema: `public.orders.id` becomes `orders.id` where the table was replaced by a query of that name.
 * Refuses where another table of the same name could be meant.
 */
export function stripSchemas(statement: Part, { work, relations }: Reading): void {
  if (work.replaced.size === 0) return;
  visit(statement, (part) => {
    if (part.kind !== 'ColumnRef') return;
    const column = unsafePart(part.fields, 'ColumnRef');
    const fields: readonly Node[] = column.fields ?? [];
    const names = stringsOf(fields);
    const star = fields.length > names.length;
    const [schema, name] = names.slice(star ? -2 : -3);
    if (names.length < (star ? 2 : 3) || schema === undefined || name === undefined) return;
    if (!work.replaced.has(`${schema}.${name}`)) return;
    if (relations.filter((one) => one.name === name).length > 1) {
      work.refuse(`two tables are called \`${name}\` here: give them aliases`);
    }
    column.fields = [stringNode(name), ...fields.slice(star ? -1 : -1)];
  });
}

function visit(part: Part, told: (part: Part) => void): void {
  told(part);
  visitChildren(part, (child) => visit(child, told));
}
