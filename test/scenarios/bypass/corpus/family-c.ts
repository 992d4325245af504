/** Techniques 37 to 49: functions and expressions. Data only. */

import {
  attack,
  IN_PRODUCTION,
  passes,
  passesInDevelopment,
  PAYMENTS,
  type Harm,
  type Technique,
} from '../technique.ts';

/** The one function, in every place of a statement that takes an expression. */
const PLACES: readonly string[] = [
  'SELECT traps.purge()',
  'SELECT traps.purge_sql()',
  'SELECT traps.purge_atomic()',
  'SELECT traps.purge_dynamic()',
  `SELECT traps.run('DELETE FROM payments')`,
  'SELECT traps.purge_default()',
  'SELECT traps.purge_variadic(1, 2)',
  'SELECT traps.purge_variadic(VARIADIC ARRAY[1])',
  `SELECT traps.run(statement => 'DELETE FROM payments')`,
  'SELECT * FROM traps.purge()',
  'SELECT * FROM traps.purge_rows()',
  'SELECT * FROM ROWS FROM (traps.purge_rows(), generate_series(1, 2))',
  'SELECT 1 FROM tenants WHERE traps.purge() = 1',
  'SELECT id FROM tenants ORDER BY traps.purge()',
  'SELECT id FROM tenants LIMIT traps.purge()',
  'SELECT id FROM tenants OFFSET traps.purge()',
  'SELECT id FROM tenants FETCH FIRST (traps.purge()) ROWS ONLY',
  'SELECT * FROM tenants t, LATERAL (SELECT traps.purge() + t.id) x',
  'SELECT * FROM tenants a JOIN tenants b ON traps.purge() = a.id',
  'SELECT array_agg(id ORDER BY traps.purge()) FROM tenants',
  'SELECT count(*) FILTER (WHERE traps.purge() = 1) FROM tenants',
  'SELECT count(*) FROM tenants GROUP BY traps.purge()',
  'SELECT count(*) FROM tenants HAVING traps.purge() = 1',
  'SELECT sum(id) OVER (ORDER BY traps.purge()) FROM tenants',
  'SELECT sum(id) OVER w FROM tenants WINDOW w AS (PARTITION BY traps.purge())',
  'SELECT CASE WHEN traps.purge() = 1 THEN 1 END',
  'SELECT ARRAY[traps.purge()]',
  'SELECT (ARRAY[1, 2])[traps.purge()]',
  'SELECT ROW(traps.purge())',
  'SELECT coalesce(NULL, traps.purge())',
  'SELECT greatest(1, traps.purge())',
  'SELECT 1 IN (traps.purge())',
  'SELECT EXISTS (SELECT traps.purge() OFFSET 0) FROM traps.purge_rows()',
  'SELECT DISTINCT ON (traps.purge()) id FROM tenants',
  'SELECT generate_series(1, traps.purge())',
  'SELECT * FROM payments TABLESAMPLE bernoulli (traps.purge())',
  'SELECT traps.hungry(id) FROM tenants',
  'SELECT traps.hungry_end(id) FROM tenants',
  'SELECT traps.hungry(id) OVER () FROM tenants',
  'SELECT 1 UNION ALL SELECT traps.purge()',
  'SELECT * FROM (VALUES (traps.purge())) v',
  'WITH w AS MATERIALIZED (SELECT traps.purge()) SELECT * FROM w',
  'CALL traps.cleanup()',
  'CALL traps.cleanup_commit()',
  `SELECT json_object('a': traps.purge())`,
  `SELECT * FROM XMLTABLE('/a' PASSING xmlelement(name a, traps.purge()) COLUMNS b int PATH '.')`,
  `SELECT format('%s', traps.purge())`,
  `SELECT * FROM json_table(jsonb_build_array(traps.purge()), '$[*]' COLUMNS (a int PATH '$')) j`,
  `SELECT "traps"."purge"()`,
];

/** In a statement that writes, where the writing itself is allowed. */
const WRITING_PLACES: readonly string[] = [
  `INSERT INTO audit_trail (what) VALUES (traps.purge()::text)`,
  `INSERT INTO audit_trail (what) VALUES ('x') RETURNING traps.purge()`,
  `UPDATE customers SET notes = traps.purge()::text WHERE id = 3`,
  `UPDATE customers SET notes = 'x' WHERE id = 3 AND traps.purge() = 1`,
  `DELETE FROM sessions WHERE sid = 'nobody' OR traps.purge() = 0`,
  `INSERT INTO sessions (sid, expires) VALUES ('new', now()) ON CONFLICT (sid) DO UPDATE SET data = to_jsonb(traps.purge())`,
  `INSERT INTO sessions (sid, expires) VALUES ('new', now()) ON CONFLICT (sid) DO UPDATE SET data = '{}' WHERE traps.purge() = 1`,
];

/** Without call syntax. */
const NO_CALL: readonly string[] = [
  'SELECT 1 OPERATOR(traps.===) 1',
  'SELECT 1 =!= 1',
  'SELECT !@ 1',
  'SELECT 1 =!= ANY (ARRAY[1])',
  'SELECT 1 OPERATOR(traps.===) ALL (SELECT 1)',
  'SELECT * FROM tenants WHERE id =!= 3',
  'SELECT 1::traps.checked',
  'SELECT CAST(1 AS careful)',
  `SELECT careful '1'`,
  `SELECT '1'::careful`,
  'SELECT ARRAY[1]::careful[]',
  'SELECT * FROM traps.innocent',
  'SELECT n FROM dashboard',
  'SELECT count(n) FROM (SELECT * FROM dashboard) d',
  'SELECT c.burn FROM customers c LIMIT 1',
  'SELECT (c).burn FROM customers c LIMIT 1',
  'SELECT burn(c) FROM customers c LIMIT 1',
  `SELECT * FROM json_to_record('{"a": 1}') AS x (a careful)`,
  `SELECT * FROM jsonb_to_recordset('[{"a": 1}]') AS x (a careful)`,
  `SELECT json_value('{"a": 1}', '$.a' RETURNING careful)`,
  `SELECT * FROM json_table('[1]', '$[*]' COLUMNS (a careful PATH '$')) j`,
  `SELECT jsonb_populate_record(NULL::traps.parcel, '{"weight": 1}')`,
  `SELECT ROW(1, 'x')::traps.parcel`,
  `SELECT '(1,x)'::traps.parcel`,
  `SELECT * FROM xmltable('/a' PASSING ('<a>1</a>'::xml) COLUMNS b careful PATH '.')`,
];

/** By casts with a function of their own, which are in a database of their own. */
export const CASTS: Technique = {
  number: 38,
  title: 'functions without call syntax: casts',
  attacks: [
    'SELECT ROW(1)::traps.boom::text',
    'SELECT CAST(ROW(1)::traps.boom AS text)',
    `SELECT '(1)'::traps.boom::text`,
    'SELECT upper(ROW(1)::traps.spark)',
    'SELECT upper(s) FROM sparks',
    `SELECT s LIKE 'x' FROM sparks`,
    'SELECT s::text FROM spark_view',
    'INSERT INTO audit_trail (what) SELECT s FROM sparks',
    `SELECT 'spark' = s FROM sparks`,
  ].map((statement) => attack(statement, { harm: PAYMENTS })),
  neighbours: [
    passes('SELECT 1'),
    passes('BEGIN; COMMIT'),
    passes('SHOW server_version'),
    passes('SET extra_float_digits = 3'),
    passes('SELECT 1::text'),
    passes('SELECT id::text, name FROM tenants'),
    passes('SELECT count(*), upper(name) FROM tenants GROUP BY name'),
    passes(`UPDATE customers SET notes = 'x' WHERE id = 3`),
  ],
};

const TO_CLERK: Harm = { kind: 'probe', query: 'SELECT current_user', harmed: 'clerk' };

const REPLICA: Harm = {
  kind: 'probe',
  query: 'SHOW session_replication_role',
  harmed: 'replica',
};

export const FAMILY_C: readonly Technique[] = [
  {
    number: 37,
    title: 'a volatile user function anywhere',
    attacks: [
      ...PLACES.map((statement) => attack(statement, { harm: PAYMENTS })),
      ...WRITING_PLACES.map((statement) => attack(statement, { harm: PAYMENTS })),
      attack(
        [
          'CREATE FUNCTION made() RETURNS void LANGUAGE sql AS $$ DELETE FROM payments $$',
          'SELECT made()',
        ],
        { harm: PAYMENTS },
      ),
      attack(
        'CREATE FUNCTION made() RETURNS void LANGUAGE sql AS $$ DELETE FROM payments $$; SELECT made()',
        { harm: PAYMENTS, simpleOnly: true },
      ),
      attack(
        [
          'BEGIN',
          'CREATE OR REPLACE FUNCTION price_of(days int, daily int) RETURNS int LANGUAGE sql AS $$ DELETE FROM payments RETURNING 1 $$',
          'SELECT price_of(1, 2)',
          'COMMIT',
        ],
        { harm: PAYMENTS },
      ),
      attack(
        [
          'CREATE FUNCTION pg_temp.made() RETURNS void LANGUAGE sql AS $$ DELETE FROM payments $$',
          'SELECT pg_temp.made()',
        ],
        { harm: PAYMENTS },
      ),
      attack(['CREATE VIEW made AS SELECT traps.purge() AS n', 'SELECT * FROM made'], {
        harm: PAYMENTS,
      }),
      attack(['CREATE TEMP VIEW made AS SELECT traps.purge() AS n', 'TABLE made'], {
        harm: PAYMENTS,
      }),
    ],
    neighbours: [
      passes('SELECT price_of(3, 100)'),
      passes('SELECT full_name(c) FROM customers c WHERE id = 1'),
      passes('SELECT * FROM reservations_of(3)'),
      passes('SELECT id FROM tenants ORDER BY length(name) LIMIT greatest(1, 2)'),
      passes(`SELECT 'traps.purge()'`),
      passes('SELECT count(*) FILTER (WHERE id > 1), array_agg(id ORDER BY name) FROM tenants'),
    ],
  },
  {
    number: 38,
    title: 'functions without call syntax',
    attacks: NO_CALL.map((statement) => attack(statement, { harm: PAYMENTS })),
    neighbours: [
      passes('SELECT 1 OPERATOR(pg_catalog.=) 1'),
      passes('SELECT 1::int::text'),
      passes('SELECT * FROM open_reservations LIMIT 5'),
      passes(`SELECT 'free'::vehicle_status`),
      passes('SELECT (c).name, c.email FROM customers c LIMIT 1'),
      passes(`SELECT * FROM json_to_record('{"a": 1}') AS x (a int)`),
      passes('SELECT c.full_name FROM customers c LIMIT 1'),
    ],
  },
  {
    number: 39,
    title: 'built-in names shadowed',
    attacks: [
      attack(`SELECT evil.length('x')`),
      attack(['SET search_path = evil, pg_catalog', `SELECT length('x')`]),
      attack(['SET search_path TO evil, pg_catalog, public', 'SELECT 1 WHERE 1 = 1']),
      attack(['SET search_path TO evil, pg_catalog', 'SELECT 1 IN (1, 2)']),
      attack(['SET search_path TO evil, pg_catalog', 'SELECT nullif(1, 2)']),
      attack(['SET search_path TO evil, pg_catalog', 'SELECT 1 IS DISTINCT FROM 2']),
      attack(['SET search_path TO evil, pg_catalog', 'SELECT CASE 1 WHEN 2 THEN 3 END']),
      attack([`SELECT set_config('search_path', 'evil,pg_catalog', false)`, `SELECT lower('X')`]),
      attack(['BEGIN', 'SET LOCAL search_path = evil, pg_catalog', `SELECT lower('X')`, 'COMMIT']),
      attack(`SET search_path = evil, pg_catalog; SELECT lower('X')`, { simpleOnly: true }),
      attack(['SET SCHEMA $$evil$$', 'SET search_path = evil, pg_catalog', `SELECT length('x')`]),
      attack([`ALTER ROLE clerk SET search_path = evil, pg_catalog`], {
        undo: 'ALTER ROLE clerk RESET ALL',
      }),
    ],
    neighbours: [
      passes(`SELECT pg_catalog.length('x')`),
      passes(['SET search_path = public', `SELECT length('x')`, 'RESET search_path']),
      passes([`SELECT set_config('search_path', '', false)`, `SELECT pg_catalog.lower('X')`]),
    ],
  },
  {
    number: 40,
    title: 'an immutable wrapper around a volatile function',
    attacks: [
      attack('SELECT traps.purge_immutable()'),
      attack('SELECT traps.purge_stable()'),
      attack('SELECT traps.purge_deep(1)'),
      attack('SELECT traps.purge_deep(id) FROM tenants'),
    ],
    neighbours: [passes('SELECT price_of(1, 2)'), passes('SELECT abs(-1), now(), random() > 2')],
  },
  {
    number: 41,
    title: 'execution at plan time',
    attacks: [
      attack('EXPLAIN SELECT traps.purge_immutable()'),
      attack('EXPLAIN (VERBOSE) SELECT 1 FROM tenants WHERE traps.purge_immutable() = 0'),
      attack(
        'EXPLAIN (FORMAT json) UPDATE customers SET notes = traps.purge_immutable()::text WHERE id = 1',
      ),
      attack(['PREPARE p AS SELECT traps.purge_immutable()', 'EXPLAIN EXECUTE p']),
      attack('EXPLAIN SELECT 1 WHERE traps.purge_if_immutable(1)'),
    ],
    neighbours: [
      passes('EXPLAIN SELECT price_of(1, 2)'),
      passes('EXPLAIN DELETE FROM payments'),
      passes('EXPLAIN (COSTS off) SELECT lower($$X$$) FROM tenants'),
    ],
  },
  {
    number: 42,
    title: 'dblink and foreign tables',
    attacks: [
      attack(`SELECT dblink_exec('elsewhere', 'DELETE FROM payments')`, { needs: 'dblink' }),
      attack(
        `SELECT * FROM dblink('host=127.0.0.1 port=$PORT user=postgres password=$PASSWORD dbname=$DB', 'DELETE FROM payments RETURNING 1') AS t (a int)`,
        { needs: 'dblink' },
      ),
      attack('SELECT traps.remote()', { needs: 'dblink' }),
      attack(
        [`SELECT dblink_connect('c', 'elsewhere')`, `SELECT dblink_exec('c', 'TRUNCATE payments')`],
        {
          needs: 'dblink',
        },
      ),
      attack(
        ['BEGIN READ ONLY', `SELECT dblink_exec('elsewhere', 'DELETE FROM payments')`, 'ROLLBACK'],
        {
          needs: 'dblink',
        },
      ),
      attack(
        [
          `SELECT dblink_connect('c', 'elsewhere')`,
          `SELECT dblink_send_query('c', 'DELETE FROM payments')`,
          `SELECT * FROM dblink_get_result('c') AS t (a text)`,
        ],
        { needs: 'dblink' },
      ),
      attack('DELETE FROM remote_payments WHERE id = 1', { needs: 'postgres_fdw' }),
      attack('UPDATE remote_payments SET cents = 0 WHERE id = 1', { needs: 'postgres_fdw' }),
      attack(
        'INSERT INTO remote_payments (id, reservation_id, cents, paid_at) VALUES (9999, 1, 1, now())',
        {
          needs: 'postgres_fdw',
        },
      ),
      attack('TRUNCATE remote_payments', { needs: 'postgres_fdw' }),
    ],
    neighbours: [
      passes(`SELECT 'dblink_exec(''elsewhere'', ''DELETE FROM payments'')'`),
      passes('SELECT count(*) FROM remote_payments', 'postgres_fdw'),
    ],
  },
  {
    number: 43,
    title: 'large objects',
    attacks: [
      attack('SELECT lo_unlink(4242)'),
      attack('SELECT lo_unlink(oid) FROM pg_largeobject_metadata'),
      attack(`SELECT lo_export(4242, '$FILE')`, { harm: { kind: 'file' } }),
      attack(`SELECT lo_import('/etc/hostname', 4343)`),
      attack(`SELECT lo_put(4242, 0, 'gone')`),
      attack(['BEGIN', `SELECT lowrite(lo_open(4242, 131072), 'gone')`, 'COMMIT']),
      attack(['BEGIN', `SELECT lo_truncate(lo_open(4242, 131072), 0)`, 'COMMIT']),
      attack(['BEGIN READ ONLY', 'SELECT lo_unlink(4242)', 'COMMIT'], {
        // Newer servers refuse it inside READ ONLY; the guard has to refuse it anywhere.
        harm: { kind: 'refusal' },
      }),
      attack('ALTER LARGE OBJECT 4242 OWNER TO clerk'),
    ],
    neighbours: [passes('SELECT lo_get(4242)'), passes('SELECT oid FROM pg_largeobject_metadata')],
  },
  {
    number: 44,
    title: 'signals and server control',
    attacks: [
      attack('SELECT pg_terminate_backend($VICTIM)', { harm: { kind: 'victim' } }),
      attack('SELECT pg_cancel_backend($VICTIM)', { harm: { kind: 'victim' } }),
      attack(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $VICTIM`, {
        harm: { kind: 'victim' },
      }),
      attack('SELECT pg_reload_conf()', { undo: '' }),
      attack('SELECT pg_rotate_logfile()', { harm: { kind: 'refusal' } }),
      attack('SELECT pg_promote()', { harm: { kind: 'refusal' } }),
      attack('SELECT pg_wal_replay_pause()', { harm: { kind: 'refusal' } }),
      attack('SELECT pg_backup_start($$x$$)', { harm: { kind: 'refusal' } }),
    ],
    neighbours: [
      passes('SELECT pg_backend_pid()'),
      passes('SELECT pid, state, query FROM pg_stat_activity'),
      passes('SELECT pg_is_in_recovery(), version()'),
    ],
  },
  {
    number: 45,
    title: 'sequences',
    attacks: [
      attack(`SELECT setval('customers_id_seq', 1)`),
      attack(
        `SELECT setval('public.customers_id_seq'::regclass, max(id) + 100, false) FROM customers`,
      ),
      attack('ALTER SEQUENCE customers_id_seq RESTART WITH 1', { stoppedIn: IN_PRODUCTION }),
    ],
    neighbours: [
      passes(`SELECT nextval('customers_id_seq')`),
      passes('SELECT last_value FROM customers_id_seq'),
      passes(`SELECT pg_get_serial_sequence('customers', 'id')`),
    ],
  },
  {
    number: 46,
    title: 'set_config inside a SELECT',
    attacks: [
      attack(`SELECT set_config('session_replication_role', 'replica', false)`, { harm: REPLICA }),
      attack(`SELECT set_config('role', 'clerk', false)`, { harm: TO_CLERK }),
      attack(`SELECT set_config('session_' || 'replication_role', 'replica', false)`, {
        harm: REPLICA,
      }),
      attack(
        `SELECT set_config(name, 'replica', false) FROM pg_settings WHERE name = 'session_replication_role'`,
        { harm: REPLICA },
      ),
      attack(
        [
          'PREPARE s (text, text) AS SELECT set_config($1, $2, false)',
          `EXECUTE s ('session_replication_role', 'replica')`,
        ],
        { harm: REPLICA },
      ),
      attack(`SELECT pg_catalog."set_config"('ROLE', 'clerk', false)`, {
        harm: TO_CLERK,
      }),
      attack(`UPDATE pg_settings SET setting = 'replica' WHERE name = 'session_replication_role'`, {
        harm: REPLICA,
      }),
      attack(`SELECT 1 FROM set_config('session_replication_role', 'replica', false)`, {
        harm: REPLICA,
      }),
      attack(`SELECT set_config('session_authorization', 'clerk', false)`, {
        harm: { kind: 'probe', query: 'SELECT session_user', harmed: 'clerk' },
      }),
    ],
    neighbours: [
      passes(`SELECT set_config('application_name', 'x', false)`),
      passes(`SELECT current_setting('role'), current_setting('app.tenant', true)`),
      passes(`SELECT set_config('app.tenant', '3', true)`),
    ],
  },
  {
    number: 47,
    title: 'SQL inside a string',
    attacks: [
      attack(`SELECT query_to_xml('SELECT traps.purge()', true, false, '')`),
      attack(`SELECT query_to_xml('SEL' || 'ECT traps.purge()', true, false, '')`),
      attack(`SELECT query_to_xml_and_xmlschema('SELECT * FROM dashboard', true, false, '')`),
      attack(`SELECT table_to_xml('dashboard', true, false, '')`),
      attack(`SELECT schema_to_xml('traps', true, false, '')`, { harm: PAYMENTS }),
      attack([
        'BEGIN',
        'DECLARE c CURSOR FOR SELECT traps.purge()',
        `SELECT cursor_to_xml('c', 10, true, false, '')`,
        'COMMIT',
      ]),
      attack(`SELECT * FROM ts_stat('SELECT to_tsvector(traps.purge()::text)')`),
      attack(
        `SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, traps.purge()::text::tsquery')`,
      ),
      attack(
        `SELECT * FROM xpath_table('id', 'notes', 'customers', '/a', 'traps.purge() > 0') AS t (id int, a text)`,
        {
          needs: 'xml2',
        },
      ),
      attack(
        `SELECT * FROM crosstab('SELECT id, name, traps.purge()::text FROM tenants') AS t (id int, a text)`,
        {
          needs: 'tablefunc',
        },
      ),
    ],
    neighbours: [
      passes(`SELECT xmlelement(name a, 'SELECT traps.purge()')`),
      passes(`SELECT to_tsvector('english', 'delete from payments') @@ to_tsquery('delete')`),
    ],
  },
  {
    number: 48,
    title: 'server files and internals',
    attacks: [
      attack(`SELECT pg_read_file('PG_VERSION')`, { harm: { kind: 'answer', text: /^"?\d\d/ } }),
      attack(`SELECT encode(pg_read_binary_file('PG_VERSION'), 'escape')`, {
        harm: { kind: 'answer', text: /^"?\d\d/m },
      }),
      attack(`SELECT pg_ls_dir('.')`, { harm: { kind: 'answer', text: /pg_hba\.conf/ } }),
      attack(`SELECT * FROM pg_ls_waldir()`, { harm: { kind: 'answer', text: /0000000100/ } }),
      attack(`SELECT pg_stat_file('PG_VERSION')`, { harm: { kind: 'answer', text: /\(3,/ } }),
      attack(`SELECT pg_logical_emit_message(false, 'x', repeat('y', 300000))`, {
        harm: { kind: 'wal', bytes: 250_000 },
      }),
      attack(`SELECT pg_create_restore_point('canary-point')`, {
        harm: { kind: 'log', text: /restore point "canary-point" created/ },
      }),
      attack('SELECT pg_switch_wal()', { harm: { kind: 'wal', bytes: 5000 } }),
      attack(`SELECT pg_create_logical_replication_slot('made', 'test_decoding')`, {
        undo: `SELECT pg_drop_replication_slot('made')`,
      }),
      attack(`SELECT pg_log_backend_memory_contexts(pg_backend_pid())`, {
        harm: { kind: 'log', text: /logging memory contexts/ },
      }),
      attack('SELECT pg_import_system_collations($$archive$$)', { harm: { kind: 'refusal' } }),
      attack('SELECT pg_stat_reset()', { harm: { kind: 'refusal' } }),
      attack('SELECT pg_stop_making_pinned_objects()', { harm: { kind: 'refusal' } }),
      attack(`SELECT pg_replication_origin_create('made')`, { harm: { kind: 'refusal' } }),
      attack(`SELECT binary_upgrade_set_next_pg_type_oid(1)`, { harm: { kind: 'refusal' } }),
    ],
    neighbours: [
      passes(`SELECT pg_size_pretty(pg_total_relation_size('payments'))`),
      passes(
        `SELECT pg_get_viewdef('vip_customers'::regclass), pg_get_constraintdef(oid) FROM pg_constraint`,
      ),
      passes(
        `SELECT version(), current_database(), pg_encoding_to_char(encoding) FROM pg_database`,
      ),
    ],
  },
  {
    number: 49,
    title: 'foreign code',
    attacks: [
      attack('CREATE EXTENSION fuzzystrmatch'),
      attack(`CREATE EXTENSION IF NOT EXISTS fuzzystrmatch SCHEMA archive CASCADE`),
      attack(`LOAD 'auto_explain'`, {
        harm: {
          kind: 'probe',
          query: `SELECT current_setting('auto_explain.log_timing', true)`,
          harmed: 'on',
        },
      }),
      attack(
        [
          `CREATE FUNCTION my_unlink(oid) RETURNS int LANGUAGE internal STRICT AS 'be_lo_unlink'`,
          'SELECT my_unlink(4242)',
        ],
        { harm: { kind: 'state', only: ['large objects'] } },
      ),
      attack(`CREATE FUNCTION my_c() RETURNS int LANGUAGE c AS 'autoinc'`, {
        harm: { kind: 'refusal' },
        stoppedIn: IN_PRODUCTION,
      }),
      attack('DROP EXTENSION pg_trgm', { needs: 'pg_trgm' }),
    ],
    neighbours: [
      passes('SELECT * FROM pg_available_extensions'),
      passes('SELECT extname FROM pg_extension'),
      passesInDevelopment([
        'BEGIN',
        'CREATE FUNCTION made() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
        'ROLLBACK',
      ]),
    ],
  },
];
