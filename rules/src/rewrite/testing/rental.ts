/**
 * Only for tests: a car rental of two tenants, a role that sees one of them, and what rewriting makes of statements there.
 */

import { resolveRoles } from '../../roles/resolve-roles.ts';
import type { RoleScope } from '../../roles/role-scope.ts';
import { rolesSchema } from '../../roles/roles-schema.ts';
import type { SqlParser } from '../../sql/parser.ts';
import { buildCatalog, plainContext } from '../../sql/testing/build-catalog.ts';
import type { CatalogSpecInput } from '../../sql/testing/catalog-spec.ts';
import { RoleRewriter } from '../rewriter.ts';
import type { RewriteOutcome } from '../rewriter.ts';

/** Tables as PostgreSQL would show them. */
export const RENTAL: CatalogSpecInput = {
  schemas: ['other'],
  relations: {
    tenants: { columns: { id: 'int4 not null', name: 'text' } },
    vehicles: {
      columns: { id: 'int4 not null', plate: 'text', tenant_id: 'int4', cost: 'numeric' },
    },
    reservations: {
      columns: {
        id: 'int4 not null',
        tenant_id: 'int4 not null',
        vehicle_id: 'int4',
        status: 'text',
        notes: 'text',
        price: 'numeric',
      },
      children: ['reservations_old'],
    },
    reservations_old: {
      columns: {
        id: 'int4 not null',
        tenant_id: 'int4 not null',
        vehicle_id: 'int4',
        status: 'text',
        notes: 'text',
        price: 'numeric',
      },
    },
    customers: {
      columns: { id: 'int4 not null', tenant_id: 'int4', name: 'text', email: 'text', ssn: 'text' },
    },
    open_reservations: {
      kind: 'view',
      columns: { id: 'int4', what: 'text' },
      query: "SELECT id, status AS what FROM public.reservations WHERE status = 'open'::text;",
    },
    'other.reservations': { columns: { id: 'int4' } },
  },
  functions: [{ name: 'tally', body: 'begin return (select count(*) from reservations); end' }],
};

/** The roles of the tests, as they stand in a policy. */
export const ROLES = {
  support: {
    tables: {
      reservations: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
      vehicles: ['SELECT', 'UPDATE'],
      customers: ['SELECT', 'INSERT', 'UPDATE'],
      tenants: ['SELECT'],
      open_reservations: ['SELECT'],
    },
    columns: {
      reservations: { UPDATE: ['notes', 'status', 'tenant_id'] },
      vehicles: { SELECT: ['id', 'plate', 'tenant_id'], UPDATE: ['plate'] },
    },
    filters: {
      reservations: 'tenant_id = {{ token.tenant_id }}',
      vehicles: 'tenant_id = {{ token.tenant_id }}',
    },
    masks: { customers: { email: 'partial', ssn: 'hash' } },
  },
} as const;

/** A role of a policy. */
export function roleOf(roles: object, name: string, parser: SqlParser): RoleScope {
  const resolved = resolveRoles(rolesSchema.parse(roles), parser);
  const role = resolved.ok ? resolved.roles.get(name) : undefined;
  if (role === undefined) throw new Error(JSON.stringify(resolved));
  return role;
}

/** Rewrites as the support of tenant 7. */
export function makeRewrite(
  parser: SqlParser,
  values: Readonly<Record<string, string>> = { tenant_id: '7' },
): (text: string, searchPath?: readonly string[]) => RewriteOutcome {
  const catalog = buildCatalog(RENTAL);
  const rewriter = new RoleRewriter({ role: roleOf(ROLES, 'support', parser), values }, parser);
  return (text, searchPath) =>
    rewriter.rewrite(
      text,
      plainContext(catalog, searchPath === undefined ? {} : { searchPaths: [searchPath] }),
    );
}
