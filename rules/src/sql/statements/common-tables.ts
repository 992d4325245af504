/**
 * WITH: each query is read once, and its name stands for it from then on.
 */

import type { CommonTableExpr, WithClause } from '@pgsql/types';

import { emitUnknown, readParts, through } from '../scope.ts';
import type { CommonTable, Scope } from '../scope.ts';
import { allOf } from '../syntax.ts';

/** Reads the queries of a WITH clause and gives the scope in which their names are known. */
export function withCommonTables(clause: WithClause | undefined, scope: Scope): Scope {
  if (clause === undefined) return scope;
  const tables = allOf(clause.ctes, 'CommonTableExpr');
  if (!scope.findings.hasRoomForCommonTables(tables.length)) {
    emitUnknown(scope, 'it has too many WITH queries');
    return scope;
  }
  if (clause.recursive !== true) return tables.reduce(readInTurn, scope);
  // With RECURSIVE every name is known in every query.
  const all = tables.reduce<CommonTable | null>(
    (outer, table) => toCommonTable(table, outer),
    scope.commonTables,
  );
  const inside = { ...scope, commonTables: all };
  for (const table of tables) readCommonTable(table, inside);
  return inside;
}

function readInTurn(scope: Scope, table: CommonTableExpr): Scope {
  readCommonTable(table, scope);
  return { ...scope, commonTables: toCommonTable(table, scope.commonTables) };
}

function toCommonTable(table: CommonTableExpr, outer: CommonTable | null): CommonTable {
  return { name: table.ctename ?? '', query: table.ctequery, outer };
}

function readCommonTable(table: CommonTableExpr, scope: Scope): void {
  const inside = through(scope, `CTE ${table.ctename ?? ''}`);
  readParts({ kind: 'CommonTableExpr', fields: table }, inside);
}
