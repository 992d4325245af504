/**
 * What of a database the holder of a token may use, from the catalog and the role: what a server of our own makes its tools
 * of. It promises nothing: every statement is judged where it arrives.
 */

import { scopeOf, tableOf } from '@agentguard/rules';
import type {
  CatalogRelation,
  CatalogSnapshot,
  Policy,
  RoleScope,
  TableScope,
  TokenClaims,
} from '@agentguard/rules';
import type {
  DescribedColumn,
  DescribedDatabase,
  DescribedTable,
  OpenRefusal,
} from '../protocols/mcp/guarded-server.ts';

/** Tables that are described; a client reads a tool or more for each. */
const MAX_TABLES = 200;

/** pg_type.dat of PostgreSQL: what its own numbers are to somebody who fills in a form. */
const TYPES: ReadonlyMap<string, DescribedColumn['type']> = new Map<
  string,
  DescribedColumn['type']
>([
  ['16', 'boolean'],
  ...(['20', '21', '23', '26'] as const).map((oid) => [oid, 'integer'] as const),
  ...(['700', '701', '1700'] as const).map((oid) => [oid, 'number'] as const),
]);

/** Relations that hold rows and are used by name. */
const HOLDS_ROWS: ReadonlySet<CatalogRelation['kind']> = new Set([
  'table',
  'partitioned table',
  'view',
  'materialized view',
  'foreign table',
]);

/** Describes it. */
export function describeDatabase(
  catalog: CatalogSnapshot,
  { policy, resource, claims }: { policy: Policy; resource: string; claims: TokenClaims | null },
): DescribedDatabase | OpenRefusal {
  const scope = scopeOf(policy, resource, claims);
  if (scope.kind === 'refused') return { problem: scope.reason, help: 'agentguard token list' };
  const role = scope.kind === 'role' ? scope.role : null;
  const tables = catalog.relations
    .filter(({ kind, schema }) => HOLDS_ROWS.has(kind) && !schema.startsWith('pg_'))
    .flatMap((relation) => describeTable(relation, role))
    .slice(0, MAX_TABLES);
  return { ok: true, tables, sql: role === null };
}

function describeTable(
  relation: CatalogRelation,
  role: RoleScope | null,
): readonly DescribedTable[] {
  const { schema, name } = relation;
  const columns = relation.columns.map(({ name: column, type }): DescribedColumn => ({
    name: column,
    type: TYPES.get(type) ?? 'text',
  }));
  const writable =
    relation.kind === 'table' || relation.kind === 'partitioned table' ? columns : null;
  if (role === null) {
    return [
      {
        schema,
        name,
        select: columns,
        insert: writable,
        update: writable,
        delete: writable !== null,
      },
    ];
  }
  const scope = tableOf(role, schema, name);
  if (scope === undefined) return [];
  return [
    {
      schema,
      name,
      select: granted(columns, scope, 'SELECT'),
      insert: writable === null ? null : granted(writable, scope, 'INSERT'),
      update: writable === null ? null : granted(writable, scope, 'UPDATE'),
      delete: writable !== null && scope.operations.has('DELETE') && !role.forbidden.has('DELETE'),
    },
  ];
}

function granted(
  columns: readonly DescribedColumn[],
  scope: TableScope,
  operation: 'SELECT' | 'INSERT' | 'UPDATE',
): readonly DescribedColumn[] | null {
  if (!scope.operations.has(operation)) return null;
  const names = scope.columns.get(operation);
  return names === undefined ? columns : columns.filter(({ name }) => names.includes(name));
}
