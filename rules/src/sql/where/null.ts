/**
 * Expressions that are never NULL, so that IS NOT NULL says nothing about the row.
 */

import type { Node } from '@pgsql/types';

import { as, literalOf } from '../syntax.ts';
import { columnsNamed, mentionOf, referenceOf, SYSTEM_COLUMNS } from './row.ts';
import type { Reference, Row } from './row.ts';

/** Whether the expression has a value in every row, as far as the catalog tells. */
export function isNeverNull(node: Node | undefined, row: Row): boolean {
  const literal = literalOf(node);
  if (literal !== undefined) return literal.kind !== 'null';
  const reference = referenceOf(node);
  if (reference !== null) return isColumnNeverNull(reference, row);
  const cast = as(node, 'TypeCast');
  if (cast !== undefined) return isNeverNull(cast.arg, row);
  const expression = as(node, 'A_Expr');
  if (expression !== undefined) {
    const sides = [expression.lexpr, expression.rexpr].filter((side) => side !== undefined);
    return sides.every((side) => isNeverNull(side, row));
  }
  const args = as(node, 'CoalesceExpr')?.args ?? as(node, 'MinMaxExpr')?.args;
  if (args !== undefined) return args.some((arg) => isNeverNull(arg, row));
  return as(node, 'RowExpr') !== undefined || as(node, 'SQLValueFunction') !== undefined;
}

function isColumnNeverNull(reference: Reference, row: Row): boolean {
  const { column } = reference;
  if (mentionOf(reference, row) === 'no') return false;
  // A whole row is not NULL unless every column of it is.
  if (column === '*' || column === row.target.name || SYSTEM_COLUMNS.has(column)) return true;
  const columns = columnsNamed(column, row.target);
  return columns.length > 0 && columns.every(({ notNull }) => notNull);
}
