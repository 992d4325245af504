/**
 * A fingerprint of everything in a database that a statement could change: rows of every table, the system
 * catalog, sequences, large objects, roles and settings. Two fingerprints differ exactly where something changed.
 */

import type { TestPostgres } from '../../servers/postgres.ts';

/** What was counted or digested, by name: `rows public.payments`, `catalog pg_class`, `role settings`. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Columns of pg_class that the server changes by itself, without anybody's statement. */
const OWN_ACCORD = [
  'relpages',
  'reltuples',
  'relallvisible',
  'relallfrozen',
  'relfrozenxid',
  'relminmxid',
  'relhassubclass',
  'relhasindex',
];

/** Catalogs of one database; objects that came with the server are left out, for speed. */
const LOCAL_CATALOGS: Readonly<Record<string, string>> = {
  pg_class: `oid >= 16384 and relnamespace not in (select oid from pg_namespace where nspname ~ '^pg_(toast_)?temp')`,
  pg_attribute: `attrelid >= 16384 and attrelid in (select oid from pg_class where relnamespace not in
    (select oid from pg_namespace where nspname ~ '^pg_(toast_)?temp'))`,
  pg_proc: 'oid >= 16384',
  pg_type: `oid >= 16384 and typnamespace not in (select oid from pg_namespace where nspname ~ '^pg_(toast_)?temp')`,
  pg_constraint: 'oid >= 16384',
  pg_attrdef: 'true',
  pg_trigger: 'true',
  pg_rewrite: 'oid >= 16384',
  pg_policy: 'true',
  pg_namespace: `nspname !~ '^pg_(toast_)?temp'`,
  pg_cast: 'oid >= 16384',
  pg_operator: 'oid >= 16384',
  pg_event_trigger: 'true',
  pg_extension: 'true',
  pg_foreign_server: 'true',
  pg_foreign_table: 'true',
  pg_user_mapping: 'true',
  pg_enum: 'oid >= 16384',
  pg_inherits: 'true',
  pg_description: 'objoid >= 16384',
  pg_seclabel: 'true',
  pg_default_acl: 'true',
  pg_largeobject_metadata: 'true',
  pg_publication: 'true',
  pg_publication_rel: 'true',
  pg_statistic_ext: 'true',
  pg_collation: 'oid >= 16384',
  pg_conversion: 'oid >= 16384',
  pg_language: 'true',
  pg_am: 'true',
  pg_transform: 'true',
  pg_ts_config: 'true',
};

/** What the whole cluster shares. */
const SHARED: Readonly<Record<string, string>> = {
  'shared roles': `select string_agg(to_jsonb(a)::text, ',' order by oid) from pg_authid a`,
  'shared memberships': `select string_agg(to_jsonb(m)::text, ',' order by roleid, member, grantor) from pg_auth_members m`,
  'shared databases': `select string_agg((to_jsonb(d) - 'datfrozenxid' - 'datminmxid')::text, ',' order by oid)
    from pg_database d where datname not like 'direct%'`,
  'shared role settings': `select string_agg(to_jsonb(s)::text, ',' order by setdatabase, setrole)
    from pg_db_role_setting s`,
  'shared tablespaces': `select string_agg(to_jsonb(t)::text, ',' order by oid) from pg_tablespace t`,
  'shared server settings': `select string_agg(name || '=' || setting, ',' order by seqno) from pg_file_settings`,
  'shared loaded settings': 'select pg_conf_load_time()::text',
  'shared prepared transactions': `select string_agg(gid, ',' order by gid) from pg_prepared_xacts`,
  'shared replication slots': `select string_agg(slot_name, ',' order by slot_name) from pg_replication_slots`,
  'shared subscriptions': `select string_agg(subname, ',' order by subname) from pg_subscription`,
  'large objects': `select string_agg(loid || ':' || pageno || ':' || md5(data), ',' order by loid, pageno)
    from pg_largeobject`,
  sequences: `select string_agg(schemaname || '.' || sequencename || '=' || coalesce(last_value, -1), ','
    order by schemaname, sequencename) from pg_sequences`,
};

const ROWS = `
select 'rows ' || n.nspname || '.' || c.relname as what,
  (xpath('/table/row/d/text()', query_to_xml(format(
    $f$select count(*) || ' ' || md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as d from only %I.%I t$f$,
    n.nspname, c.relname), false, false, '')))[1]::text as digest
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relispopulated and c.oid >= 16384 and n.nspname !~ '^(pg_|information_schema)'`;

function catalogQuery(catalog: string, condition: string): string {
  const row =
    catalog === 'pg_class'
      ? `(to_jsonb(c)${OWN_ACCORD.map((name) => ` - '${name}'`).join('')})::text`
      : 'c::text';
  return `select 'catalog ${catalog}', md5(coalesce(string_agg(${row}, ',' order by ${row}), ''))
    from pg_catalog.${catalog} c where ${condition}`;
}

const FINGERPRINT_SQL = [
  ROWS,
  ...Object.entries(LOCAL_CATALOGS).map(([name, condition]) => catalogQuery(name, condition)),
  ...Object.entries(SHARED).map(([name, query]) => `select '${name}', coalesce((${query}), '')`),
].join('\nunion all\n');

/** Takes the fingerprint of a database, over a connection of its own that the guard knows nothing of. */
export async function takeFingerprint(
  server: TestPostgres,
  database: string,
): Promise<Fingerprint> {
  const rows = await server.sql(
    `set search_path = pg_catalog; set timezone = 'UTC'; ${FINGERPRINT_SQL}`,
    database,
  );
  return Object.fromEntries(rows.map((row) => [String(row['what']), String(row['digest'])]));
}

/** The names under which two fingerprints differ. */
export function differences(before: Fingerprint, after: Fingerprint): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}
