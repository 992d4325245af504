/**
 * One family of catalog entries: the SELECT that lists them and the shape of what comes back.
 * INVARIANT: the SELECT runs with an empty search_path and gives exactly one json column.
 */

import type * as z from 'zod';

/** A family whose rows have the type `Row`. */
export interface Family<Row> {
  /** Tag of its rows in the combined statement. */
  readonly name: string;
  readonly row: z.ZodType<Row>;
  /** @param version server_version_num */
  readonly sql: (version: number) => string;
}

/**
 * Stands in place of a definition that cannot be read because another transaction holds a relation in it.
 * INVARIANT: it is not SQL in any place where an expression, a query or a body could stand, so whoever parses it
 * finds something unreadable and never something harmless.
 */
export const UNREADABLE_DEFINITION = ')) unreadable : held by another transaction';

/**
 * What every family may select from.
 * `shown`: the relations that a snapshot lists. `members`: what belongs to an extension.
 * `blocked`: what cannot be deparsed, since the server would wait for a relation in it.
 */
export const SHARED_TABLES = `
  shown AS MATERIALIZED (
    SELECT c.oid, c.relname, n.nspname, c.relkind, c.relrowsecurity, c.reltuples
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I', 'c')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND n.nspname !~ '^pg_toast_temp_'
  ),
  members AS MATERIALIZED (
    SELECT d.classid, d.objid, e.extname
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
  ),
  held AS MATERIALIZED (
    SELECT l.relation AS oid
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_database b ON b.oid = l.database
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND b.datname = pg_catalog.current_database() AND l.pid <> pg_catalog.pg_backend_pid()
  ),
  blocked AS MATERIALIZED (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    JOIN held h ON h.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    UNION
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, h.oid FROM held h
  )`;

/** Where a definition belongs: its row in a catalog, and the relation it hangs on where there is one. */
export interface DefinitionOwner {
  readonly catalog: string;
  readonly oid: string;
  readonly relation?: string;
}

/** SQL text: the definition, or the mark above when the server would have to wait for a relation in it. */
export function readable({ catalog, oid, relation }: DefinitionOwner, definition: string): string {
  const rows = [
    { catalog, oid },
    ...(relation === undefined ? [] : [{ catalog: 'pg_class', oid: relation }]),
  ].map(
    (row) =>
      `(b.classid = 'pg_catalog.${row.catalog}'::pg_catalog.regclass AND b.objid = ${row.oid})`,
  );
  return `CASE WHEN EXISTS (SELECT FROM blocked b WHERE ${rows.join(' OR ')})
    THEN '${UNREADABLE_DEFINITION}'
    ELSE COALESCE(${definition}, '${UNREADABLE_DEFINITION}') END`;
}

/** SQL text: the name of the extension that owns the object, or NULL. */
export function owningExtension(catalog: string, oid: string): string {
  return `(SELECT m.extname FROM members m
    WHERE m.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND m.objid = ${oid})`;
}

/** SQL text: a list of oids from an array expression, those of the server's own left out when `from` is given. */
export function oidList(array: string, from = 1): string {
  return `(SELECT COALESCE(pg_catalog.json_agg(DISTINCT x.oid::pg_catalog.text), '[]')
    FROM pg_catalog.unnest(${array}) AS x(oid) WHERE x.oid >= ${from})`;
}
