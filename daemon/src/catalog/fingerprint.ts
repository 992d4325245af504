/**
 * A short value that differs whenever a fresh snapshot would differ, at a small part of a load's cost.
 * Every change of a catalog row gives it another xmin, so counting and hashing identifiers with their xmin is enough.
 * What the server overwrites in place (row estimates) is left out on purpose: no decision depends on it.
 */

import * as z from 'zod';
import { AgentguardError, FIRST_NORMAL_OID } from '@agentguard/rules';
import { CatalogError } from '../errors.ts';
import type { CatalogQuery } from './query.ts';

/**
 * The statement runs under whatever search_path the role has, where a schema may hold its own `=` or `>=`:
 * INVARIANT: every function, operator, type and table in it is named with its schema.
 */
const EQUAL = 'OPERATOR(pg_catalog.=)';
const FROM = `OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}`;

/** One catalog: what names a row in it, and which rows can differ between two databases of one server version. */
interface Watched {
  readonly table: string;
  readonly key: string;
  readonly where?: string;
}

const WATCHED: readonly Watched[] = [
  { table: 'pg_namespace', key: 't.oid' },
  { table: 'pg_class', key: 't.oid', where: `t.oid ${FROM}` },
  {
    table: 'pg_attribute',
    key: 't.attrelid, t.attnum',
    where: `t.attrelid ${FROM} AND t.attnum OPERATOR(pg_catalog.>) 0`,
  },
  { table: 'pg_attrdef', key: 't.oid' },
  { table: 'pg_constraint', key: 't.oid', where: `t.oid ${FROM}` },
  { table: 'pg_index', key: 't.indexrelid', where: `t.indexrelid ${FROM}` },
  { table: 'pg_partitioned_table', key: 't.partrelid' },
  { table: 'pg_inherits', key: 't.inhrelid, t.inhparent' },
  { table: 'pg_trigger', key: 't.oid' },
  { table: 'pg_rewrite', key: 't.oid', where: `t.oid ${FROM}` },
  { table: 'pg_policy', key: 't.oid' },
  // All of them: a built-in function can be replaced, and keeps its identifier.
  { table: 'pg_proc', key: 't.oid' },
  { table: 'pg_aggregate', key: 't.aggfnoid', where: `t.aggfnoid ${FROM}` },
  { table: 'pg_language', key: 't.oid' },
  { table: 'pg_operator', key: 't.oid', where: `t.oid ${FROM}` },
  { table: 'pg_opclass', key: 't.oid', where: `t.oid ${FROM}` },
  { table: 'pg_amproc', key: 't.oid', where: `t.oid ${FROM}` },
  { table: 'pg_cast', key: 't.oid', where: `t.oid ${FROM}` },
  { table: 'pg_type', key: 't.oid', where: `t.oid ${FROM}` },
  { table: 'pg_range', key: 't.rngtypid', where: `t.rngtypid ${FROM}` },
  { table: 'pg_event_trigger', key: 't.oid' },
  { table: 'pg_extension', key: 't.oid' },
  {
    table: 'pg_depend',
    key: 't.classid, t.objid',
    where: `t.refclassid ${EQUAL} 'pg_catalog.pg_extension'::pg_catalog.regclass`,
  },
  { table: 'pg_db_role_setting', key: 't.setdatabase, t.setrole' },
];

/** Count and sum of hashes: neither order nor a plan matters, and no row's change can cancel another's by design. */
function digestOf({ table, key, where }: Watched): string {
  const hash = `pg_catalog.hash_record_extended(ROW(${key}, t.xmin), 0)`;
  return `(SELECT pg_catalog.concat(pg_catalog.count(*), ' ', pg_catalog.sum(${hash}))
    FROM pg_catalog.${table} t${where === undefined ? '' : ` WHERE ${where}`})`;
}

/** The role's own rights and settings, which no row above shows: pg_authid may not be read by everybody. */
const LOGIN = `(SELECT pg_catalog.concat_ws(' ', r.oid, r.rolname, r.rolsuper,
    pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('search_path'))
  FROM pg_catalog.pg_roles r WHERE r.rolname ${EQUAL} SESSION_USER)`;

const FINGERPRINT_SQL = `SELECT pg_catalog.concat_ws('; ', ${[LOGIN, ...WATCHED.map(digestOf)].join(', ')})`;

const ANSWER = z.tuple([z.tuple([z.string().min(1)])]);

/**
 * Fingerprint of the session's database as the session's role sees it. Only equality means anything, and only between
 * two calls for the same database.
 * @throws CatalogError `CATALOG_UNAVAILABLE` when the database does not answer
 */
export async function fingerprint(query: CatalogQuery): Promise<string> {
  try {
    const [[text]] = ANSWER.parse(await query(FINGERPRINT_SQL));
    return text;
  } catch (error) {
    const cause = error instanceof AgentguardError ? error : undefined;
    throw new CatalogError('CATALOG_UNAVAILABLE', 'the catalog cannot be compared', { cause });
  }
}
