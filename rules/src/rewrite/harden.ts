/**
 * The roles of a policy as statements for the real server: a login for the guard's own connection, its GRANTs, and row policies that
 * go by what the guard says of each session. Then the server holds back by itself what the guard holds back, and both would have
 * to fail at once. Pure: statements out, nothing run.
 */

import type { Node } from '@pgsql/types';
import type { RoleScope, TableScope } from '../roles/role-scope.ts';
import { tableOf } from '../roles/role-scope.ts';
import { indexOf } from '../sql/catalog-index.ts';
import type { CatalogRelation, CatalogSnapshot } from '../sql/catalog.ts';
import type { SqlParser } from '../sql/parser.ts';
import { quoteIdentifier } from '../sql/search-path-text.ts';
import { toExactText } from './exact-text.ts';
import { toFilterCondition } from './filter-condition.ts';
import { allOfNodes, booleanNode, selectNode, targetNode } from './nodes.ts';

/** What hardening is worked out from. */
export interface HardenParts {
  readonly roles: readonly RoleScope[];
  readonly catalog: CatalogSnapshot;
  /** Name of the login. */
  readonly login: string;
  readonly parser: SqlParser;
}

export interface Hardening {
  /** In order; each may be run again without harm. */
  readonly statements: readonly string[];
  /** What the server cannot hold back as the policy does, a sentence each. */
  readonly notes: readonly string[];
}

const OPERATIONS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/** Works out the statements. */
export function harden(parts: HardenParts): Hardening {
  const { catalog, login, roles } = parts;
  const concerned = catalog.relations.filter((relation) =>
    roles.some((role) => tableOf(role, relation.schema, relation.name) !== undefined),
  );
  const notes: string[] = [];
  const schemas = [...new Set(concerned.map(({ schema }) => schema))];
  const statements = [
    createLogin(login),
    ...schemas.map((schema) => `GRANT USAGE ON SCHEMA ${id(schema)} TO ${id(login)}`),
    ...concerned.flatMap((relation) => hardenTable(relation, parts, notes)),
  ];
  return { statements, notes };
}

/** SECURITY(P-75): it is no superuser and passes by no row policy. Its password is the person's to set. */
function createLogin(login: string): string {
  const literal = `'${login.replaceAll("'", "''")}'`;
  return `DO $harden$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) ${literal}) THEN
    CREATE ROLE ${id(login)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
  END IF;
END $harden$`;
}

function hardenTable(relation: CatalogRelation, parts: HardenParts, notes: string[]): string[] {
  const { roles, login } = parts;
  const table = `${id(relation.schema)}.${id(relation.name)}`;
  const scopes = roles.flatMap((role) => {
    const scope = tableOf(role, relation.schema, relation.name);
    return scope === undefined ? [] : [{ role, scope }];
  });
  const grants = OPERATIONS.flatMap((operation) =>
    grant(operation, { relation, table, scopes, login }),
  );
  const sequences = scopes.some(({ scope }) => scope.operations.has('INSERT'))
    ? relation.columns.flatMap(({ defaultText }) => sequenceOf(defaultText))
    : [];
  const usage = sequences.map((sequence) => `GRANT USAGE ON SEQUENCE ${sequence} TO ${id(login)}`);
  const revoke = `REVOKE ALL ON ${table} FROM ${id(login)}`;
  const plain = relation.kind === 'table' || relation.kind === 'partitioned table';
  const filtered = scopes.some(({ scope }) => scope.filters.length > 0);
  if (!plain && filtered) {
    notes.push(`${table} is a ${relation.kind}: the server has no row policies for it.`);
  }
  if (scopes.length > 1 && new Set(grants).size > 0) {
    notes.push(
      `Columns of ${table} are granted for all roles together; the guard tells them apart.`,
    );
  }
  const policies = plain && filtered ? policiesOf(relation, { table, scopes, parts, notes }) : [];
  return [revoke, ...grants, ...usage, ...policies];
}

interface Scoped {
  readonly role: RoleScope;
  readonly scope: TableScope;
}

function grant(
  operation: (typeof OPERATIONS)[number],
  parts: {
    readonly relation: CatalogRelation;
    readonly table: string;
    readonly scopes: readonly Scoped[];
    readonly login: string;
  },
): string[] {
  const { relation, table, scopes, login } = parts;
  const granting = scopes.filter(({ scope }) => scope.operations.has(operation));
  if (granting.length === 0) return [];
  const limited = granting.map(({ scope }) =>
    operation === 'DELETE' ? undefined : scope.columns.get(operation),
  );
  const columns = limited.every((list) => list !== undefined)
    ? relation.columns
        .map(({ name }) => name)
        .filter((name) => limited.some((list) => list.includes(name)))
    : [];
  const list = columns.length === 0 ? '' : ` (${columns.map(id).join(', ')})`;
  return [`GRANT ${operation}${list} ON ${table} TO ${id(login)}`];
}

/** The sequence behind `nextval('public.orders_id_seq'::regclass)`. */
function sequenceOf(defaultText: string | null): string[] {
  const found = /^nextval\('((?:[^']|'')+)'::regclass\)$/u.exec(defaultText ?? '');
  return found?.[1] === undefined ? [] : [found[1].replaceAll("''", "'")];
}

function policiesOf(
  relation: CatalogRelation,
  parts: {
    readonly table: string;
    readonly scopes: readonly Scoped[];
    readonly parts: HardenParts;
    readonly notes: string[];
  },
): string[] {
  const { table, scopes, notes } = parts;
  const { login } = parts.parts;
  const policies = scopes.flatMap(({ role, scope }) => {
    const condition = conditionOf(relation, scope, parts.parts);
    if (condition === null) {
      notes.push(
        `The filter of ${table} in the role ${role.name} cannot be written as a row policy.`,
      );
      return [];
    }
    const name = id(`agentguard_${role.name}`);
    const holds = `pg_catalog.current_setting('agentguard.role', true) OPERATOR(pg_catalog.=) '${role.name.replaceAll("'", "''")}' AND (${condition})`;
    return [
      `DROP POLICY IF EXISTS ${name} ON ${table}`,
      `CREATE POLICY ${name} ON ${table} TO ${id(login)} USING (${holds}) WITH CHECK (${holds})`,
    ];
  });
  // Without a policy of their own everybody else would lose sight of every row.
  const others = relation.rowSecurity
    ? []
    : [
        `DROP POLICY IF EXISTS agentguard_others ON ${table}`,
        `CREATE POLICY agentguard_others ON ${table} USING (CURRENT_USER OPERATOR(pg_catalog.<>) '${login.replaceAll("'", "''")}')`,
      ];
  return [...policies, ...others, `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`];
}

function conditionOf(
  relation: CatalogRelation,
  scope: TableScope,
  { catalog, parser }: HardenParts,
): string | null {
  const filled = scope.filters.map((filter) =>
    toFilterCondition(filter, relation, {
      values: {},
      settings: true,
      index: indexOf(catalog),
      writtenFor: scope.name,
    }),
  );
  const conditions: Node[] = [];
  for (const one of filled) {
    if (!one.ok) return null;
    conditions.push(one.condition);
  }
  const where = conditions.length === 0 ? booleanNode(true) : allOfNodes(conditions);
  const query = selectNode({ targets: [targetNode(booleanNode(true))], where });
  const text = toExactText({ SelectStmt: query }, parser);
  return text === null ? null : text.slice(text.indexOf(' WHERE ') + ' WHERE '.length);
}

function id(name: string): string {
  return quoteIdentifier(name);
}
