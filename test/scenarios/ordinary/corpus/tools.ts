/** What tools send: psql's backslash commands, pg_dump, monitoring and editors. Data only. */

import { ordinary, type Ordinary } from '../statement.ts';

const PSQL = ordinary('psql', 'read', {
  '\\dt': `SELECT n.nspname as "Schema", c.relname as "Name", CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'p' THEN 'partitioned table' END as "Type", pg_catalog.pg_get_userbyid(c.relowner) as "Owner" FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam WHERE c.relkind IN ('r','p','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2;`,
  '\\d customers, first': `SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname OPERATOR(pg_catalog.~) '^(customers)$' COLLATE pg_catalog.default AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 2, 3;`,
  '\\d customers, columns': `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef), a.attnotnull, (SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS attcollation, a.attidentity, a.attgenerated FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'customers'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;`,
  '\\d customers, foreign keys': `SELECT pg_catalog.pg_partition_root(conrelid) AS ontable, conname, pg_catalog.pg_get_constraintdef(oid, true) AS condef FROM pg_catalog.pg_constraint c WHERE conrelid IN (SELECT pg_catalog.pg_partition_ancestors('customers'::regclass) UNION ALL VALUES ('customers'::regclass)) AND contype = 'f' ORDER BY conname;`,
  '\\d reservations, triggers': `SELECT t.tgname, pg_catalog.pg_get_triggerdef(t.oid, true), t.tgenabled, t.tgisinternal FROM pg_catalog.pg_trigger t WHERE t.tgrelid = 'reservations'::regclass AND (NOT t.tgisinternal OR (t.tgisinternal AND t.tgenabled = 'D')) ORDER BY 1;`,
  '\\d customers, publications': `SELECT pubname, NULL, NULL FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_namespace pn ON p.oid = pn.pnpubid JOIN pg_catalog.pg_class pc ON pc.relnamespace = pn.pnnspid WHERE pc.oid = 'customers'::regclass and pg_catalog.pg_relation_is_publishable('customers') UNION SELECT pubname, pg_get_expr(pr.prqual, c.oid), (CASE WHEN pr.prattrs IS NOT NULL THEN (SELECT string_agg(attname, ', ') FROM pg_catalog.generate_series(0, pg_catalog.array_upper(pr.prattrs::pg_catalog.int2[], 1)) s, pg_catalog.pg_attribute WHERE attrelid = pr.prrelid AND attnum = prattrs[s]) ELSE NULL END) FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel pr ON p.oid = pr.prpubid JOIN pg_catalog.pg_class c ON c.oid = pr.prrelid WHERE pr.prrelid = 'customers'::regclass ORDER BY 1;`,
  '\\df': `SELECT n.nspname as "Schema", p.proname as "Name", pg_catalog.pg_get_function_result(p.oid) as "Result data type", pg_catalog.pg_get_function_arguments(p.oid) as "Argument data types", CASE p.prokind WHEN 'a' THEN 'agg' WHEN 'w' THEN 'window' WHEN 'p' THEN 'proc' ELSE 'func' END as "Type" FROM pg_catalog.pg_proc p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE pg_catalog.pg_function_is_visible(p.oid) AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' ORDER BY 1, 2, 4;`,
  '\\l': `SELECT d.datname as "Name", pg_catalog.pg_get_userbyid(d.datdba) as "Owner", pg_catalog.pg_encoding_to_char(d.encoding) as "Encoding", d.datcollate, pg_catalog.array_to_string(d.datacl, E'\\n') AS "Access privileges" FROM pg_catalog.pg_database d ORDER BY 1;`,
  '\\du': `SELECT r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolconnlimit, r.rolvaliduntil, r.rolreplication, r.rolbypassrls FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1;`,
  '\\dn': `SELECT n.nspname AS "Name", pg_catalog.pg_get_userbyid(n.nspowner) AS "Owner" FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1;`,
  '\\dx': `SELECT e.extname AS "Name", e.extversion AS "Version", n.nspname AS "Schema", c.description AS "Description" FROM pg_catalog.pg_extension e LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace LEFT JOIN pg_catalog.pg_description c ON c.objoid = e.oid AND c.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass ORDER BY 1;`,
  '\\sf': `SELECT pg_catalog.pg_get_functiondef('price_of'::regproc)`,
  '\\sv': `SELECT pg_catalog.pg_get_viewdef('vip_customers'::pg_catalog.regclass, true)`,
  '\\conninfo': 'SELECT current_user, current_database(), inet_server_addr(), pg_backend_pid()',
  'tab completion': `SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'S', 'v', 'm', 'f', 'p') AND (c.relname) LIKE 'cust%' AND pg_catalog.pg_table_is_visible(c.oid) AND c.relnamespace <> (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'pg_catalog') LIMIT 1000`,
});

const DUMP = [
  ...ordinary('pg_dump', 'session', {
    'its settings': [
      `SELECT pg_catalog.set_config('search_path', '', false);`,
      `SET DATESTYLE = ISO`,
      'SET INTERVALSTYLE = POSTGRES',
      'SET extra_float_digits TO 3',
      'SET synchronize_seqscans TO off',
      'SET statement_timeout = 0',
      'SET lock_timeout = 0',
      'SET idle_in_transaction_session_timeout = 0',
      'SET row_security = off',
      'SET quote_all_identifiers = off',
    ],
    'its transaction': [
      'BEGIN',
      'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
      'LOCK TABLE public.customers, public.payments IN ACCESS SHARE MODE',
      'SELECT pg_catalog.pg_is_in_recovery()',
      'COMMIT',
    ],
    'a shared snapshot': [
      'BEGIN ISOLATION LEVEL REPEATABLE READ',
      'SELECT pg_catalog.pg_export_snapshot()',
      'ROLLBACK',
    ],
  }),
  ...ordinary('pg_dump', 'read', {
    namespaces: `SELECT n.tableoid, n.oid, n.nspname, n.nspowner, n.nspacl, acldefault('n', n.nspowner) AS acldefault FROM pg_namespace n`,
    sequences: `SELECT format_type(seqtypid, NULL), seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle FROM pg_catalog.pg_sequence WHERE seqrelid = 'public.customers_id_seq'::regclass`,
    'a sequence value': 'SELECT last_value, is_called FROM public.customers_id_seq',
    rules: `SELECT tableoid, oid, rulename, ev_class AS ruletable, ev_type, is_instead, ev_enabled, pg_catalog.pg_get_ruledef(oid) FROM pg_rewrite ORDER BY oid`,
    dependencies: `SELECT classid, objid, refclassid, refobjid, deptype FROM pg_depend WHERE deptype != 'p' AND deptype != 'e' LIMIT 100`,
    'the data': 'COPY public.payments (id, reservation_id, cents, paid_at) TO stdout;',
    'large objects': `SELECT oid, lomowner, lomacl FROM pg_largeobject_metadata`,
  }),
];

const MONITORS = ordinary('monitoring and editors', 'read', {
  activity: `SELECT pid, usename, application_name, client_addr, state, wait_event_type, wait_event, query_start, left(query, 100) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()`,
  sizes: `SELECT relname, pg_size_pretty(pg_total_relation_size(relid)), n_live_tup, n_dead_tup, last_autovacuum FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 10`,
  locks: `SELECT l.pid, l.mode, l.granted, c.relname FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation`,
  blocking: 'SELECT pid, pg_blocking_pids(pid) FROM pg_stat_activity',
  'index use':
    'SELECT s.relname, s.indexrelname, s.idx_scan, pg_relation_size(s.indexrelid) FROM pg_stat_user_indexes s ORDER BY s.idx_scan',
  cache:
    'SELECT datname, blks_hit, blks_read, xact_commit, deadlocks, temp_bytes FROM pg_stat_database',
  replication:
    'SELECT client_addr, state, sent_lsn, pg_wal_lsn_diff(sent_lsn, replay_lsn) FROM pg_stat_replication',
  settings: `SELECT name, setting, unit, source FROM pg_settings WHERE name IN ('max_connections', 'shared_buffers')`,
  'table privileges': `SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_name = 'customers'`,
  'keys by information_schema': `SELECT tc.constraint_name, kcu.column_name, ccu.table_name AS foreign_table FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu ON tc.constraint_name = kcu.constraint_name JOIN information_schema.constraint_column_usage ccu ON ccu.constraint_name = tc.constraint_name WHERE tc.constraint_type = 'FOREIGN KEY'`,
  'views by information_schema': `SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = 'public'`,
  'triggers by information_schema': `SELECT trigger_name, event_manipulation, action_statement FROM information_schema.triggers`,
  'routines by information_schema': `SELECT routine_name, data_type FROM information_schema.routines WHERE routine_schema = 'public'`,
  enums: `SELECT t.typname, array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname`,
  'estimated counts': `SELECT reltuples::bigint FROM pg_class WHERE oid = 'public.payments'::regclass`,
  'a health check': 'SELECT 1',
  pgAdmin: `SELECT db.oid as did, db.datname, db.datallowconn, pg_catalog.pg_encoding_to_char(db.encoding) AS serverencoding, pg_catalog.has_database_privilege(db.oid, 'CREATE') as cancreate, datistemplate FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database()`,
  DBeaver: `SELECT c.oid, c.*, t.relname as tabrelname, rt.relnamespace as refnamespace, d.description, case when c.contype='c' then pg_catalog.pg_get_constraintdef(c.oid) end consrc_copy FROM pg_catalog.pg_constraint c INNER JOIN pg_catalog.pg_class t ON t.oid=c.conrelid LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid=c.confrelid LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_constraint'::regclass WHERE c.conrelid='customers'::regclass ORDER BY c.oid`,
  'pg_stat_statements is absent': `SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'`,
});

export const TOOLS: readonly Ordinary[] = [...PSQL, ...DUMP, ...MONITORS];
