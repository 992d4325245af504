/**
 * `SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'y'`: how pg_dump changes a setting that an older
 * server may not have. The row can only be that of `y`, so `name` is as good as the literal.
 */

import type { Node } from '@pgsql/types';

import type { CatalogOperator } from '../catalog.ts';
import { isUserOid } from '../catalog-index.ts';
import { operatorCandidates, resolveRelation } from '../names.ts';
import type { Scope } from '../scope.ts';
import { as, literalText, stringsOf, unsafePart } from '../syntax.ts';
import type { Part } from '../syntax.ts';

/** The setting whose row the statement reads and no other; null when that is not certain. */
export function settingRowOf(part: Part, scope: Scope): string | null {
  if (part.kind !== 'SelectStmt' || scope.context.hiddenDefinitions) return null;
  const query = unsafePart(part.fields, part.kind);
  const from = query.fromClause ?? [];
  const relation = from.length === 1 ? as(from[0], 'RangeVar') : undefined;
  if (relation === undefined || !scope.fromMessage) return null;
  // A WITH query of that name, or an operator of that name, would make something else of it.
  if (query.withClause !== undefined || scope.commonTables !== null) return null;
  if (operatorCandidates({ schema: null, name: '=' }, scope).some(mayCompareNames)) return null;
  const written = { schema: relation.schemaname ?? null, name: relation.relname ?? '' };
  const meant = resolveRelation(written, scope);
  const certain = meant.every(
    ({ kind, object }) => kind === 'system' && object.name === 'pg_settings',
  );
  return certain && meant.length > 0 ? namedBy(query.whereClause) : null;
}

/** Whether an expression is the column that `settingRowOf` is about. */
export function isSettingName(node: Node | undefined): boolean {
  const fields = as(node, 'ColumnRef')?.fields ?? [];
  return fields.length === 1 && stringsOf(fields)[0] === 'name';
}

/** An operator whose left side is a type of somebody's own is not chosen for a column of the server's. */
function mayCompareNames({ leftType }: CatalogOperator): boolean {
  return leftType === null || !isUserOid(leftType);
}

function namedBy(condition: Node | undefined): string | null {
  const comparison = as(condition, 'A_Expr');
  const operator = stringsOf(comparison?.name);
  const equals = operator.length === 1 && operator[0] === '=';
  if (comparison?.kind !== 'AEXPR_OP' || !equals || !isSettingName(comparison.lexpr)) return null;
  return literalText(comparison.rexpr) ?? null;
}
