/** What applications send: reads, bounded writes, transactions, and text that only looks dangerous. Data only. */

import { ordinary, type Ordinary } from '../statement.ts';

const READS = ordinary('an application', 'read', {
  'by key': { text: 'SELECT * FROM customers WHERE id = $1', values: [7] },
  'a list, newest first': `SELECT id, name, email FROM customers WHERE tenant_id = 1 ORDER BY created_at DESC, id LIMIT 20 OFFSET 40`,
  'a keyset page': {
    text: 'SELECT * FROM reservations WHERE (starts_on, id) > ($1, $2) ORDER BY starts_on, id LIMIT 10',
    values: ['2025-02-01', 30],
  },
  'a join of four tables': `
    SELECT t.name AS tenant, c.name, v.plate, r.starts_on, sum(p.cents) AS paid
    FROM reservations r
    JOIN customers c ON c.id = r.customer_id
    JOIN vehicles v ON v.id = r.vehicle_id
    JOIN tenants t ON t.id = c.tenant_id
    LEFT JOIN payments p ON p.reservation_id = r.id
    WHERE r.status = 'open' AND r.starts_on BETWEEN DATE '2025-01-01' AND DATE '2025-03-31'
    GROUP BY t.name, c.name, v.plate, r.starts_on
    HAVING sum(p.cents) > 100
    ORDER BY paid DESC NULLS LAST`,
  'a CTE': `WITH busy AS (SELECT vehicle_id, count(*) AS n FROM reservations GROUP BY vehicle_id)
    SELECT v.plate, coalesce(b.n, 0) FROM vehicles v LEFT JOIN busy b ON b.vehicle_id = v.id ORDER BY 2 DESC`,
  'a recursive CTE': `WITH RECURSIVE days(d) AS (SELECT DATE '2025-01-01' UNION ALL SELECT d + 1 FROM days WHERE d < '2025-01-31')
    SELECT d, count(r.id) FROM days LEFT JOIN reservations r ON d BETWEEN r.starts_on AND r.ends_on GROUP BY d ORDER BY d`,
  'window functions': `SELECT id, cents, sum(cents) OVER w, rank() OVER (ORDER BY cents DESC), lag(cents, 1, 0) OVER w,
    ntile(4) OVER w, first_value(cents) OVER w FROM payments WINDOW w AS (PARTITION BY reservation_id ORDER BY paid_at ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)`,
  'filtered aggregates': `SELECT count(*) FILTER (WHERE vip), avg(id)::numeric(10, 2), string_agg(name, ', ' ORDER BY name),
    array_agg(DISTINCT tenant_id), bool_or(vip), percentile_cont(0.5) WITHIN GROUP (ORDER BY id), mode() WITHIN GROUP (ORDER BY tenant_id) FROM customers`,
  'grouping sets':
    'SELECT tenant_id, vip, count(*) FROM customers GROUP BY GROUPING SETS ((tenant_id, vip), (tenant_id), ())',
  'rollup and cube':
    'SELECT tenant_id, vip, count(*), grouping(tenant_id) FROM customers GROUP BY ROLLUP (tenant_id, vip)',
  'JSON built': `SELECT jsonb_build_object('id', c.id, 'name', c.name, 'reservations', coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'from', r.starts_on)) FILTER (WHERE r.id IS NOT NULL), '[]')) FROM customers c LEFT JOIN reservations r ON r.customer_id = c.id WHERE c.id = 5 GROUP BY c.id`,
  'JSON searched': `SELECT id FROM customers WHERE address @> '{"city": "Graz"}' OR address ->> 'zip' = '8010' OR address #>> '{geo,lat}' IS NOT NULL OR address ? 'street'`,
  'JSON path': `SELECT jsonb_path_query(address, '$.lines[*] ? (@ like_regex "^A")') FROM customers`,
  'JSON unfolded': `SELECT e.key, e.value FROM customers c, jsonb_each_text(c.address) e WHERE c.id = 1`,
  row_to_json: 'SELECT row_to_json(t) FROM (SELECT id, name FROM tenants) t',
  'full-text search': `SELECT id, ts_rank(to_tsvector('english', coalesce(notes, '')), q) AS rank, ts_headline('english', notes, q)
    FROM reservations, websearch_to_tsquery('english', 'note -cancelled') q WHERE to_tsvector('english', coalesce(notes, '')) @@ q ORDER BY rank DESC LIMIT 5`,
  'LIKE and regular expressions': `SELECT id FROM customers WHERE name ILIKE '%omer 1%' AND email ~* '^c[0-9]+@' AND name NOT SIMILAR TO 'x%'`,
  generate_series: `SELECT d::date FROM generate_series('2025-01-01'::date, '2025-01-10', interval '1 day') d`,
  arrays: `SELECT unnest(ARRAY[1, 2, 3]), array_length(features, 1), 'gps' = ANY (features), features && ARRAY['x'], cardinality(features) FROM vehicles LIMIT 3`,
  'ANY of a parameter': {
    text: 'SELECT * FROM vehicles WHERE id = ANY ($1::int[])',
    values: [[1, 2, 3]],
  },
  dates: `SELECT now(), current_date, date_trunc('month', now()), extract(epoch FROM now()), age(now(), '2020-01-01'), now() AT TIME ZONE 'Europe/Vienna', to_char(now(), 'YYYY-MM-DD'), make_interval(days => 3), '2025-01-01'::date + 7`,
  'case and coalesce': `SELECT CASE WHEN vip THEN 'gold' WHEN tenant_id = 1 THEN 'silver' ELSE 'none' END, nullif(notes, ''), greatest(id, 5), least(id, 5) FROM customers LIMIT 2`,
  'exists and not in': `SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM reservations r WHERE r.customer_id = c.id) AND c.id NOT IN (SELECT 1 UNION SELECT 2)`,
  'lateral top of each': `SELECT c.id, last.* FROM customers c CROSS JOIN LATERAL (SELECT r.id AS reservation, r.starts_on FROM reservations r WHERE r.customer_id = c.id ORDER BY r.starts_on DESC LIMIT 2) last LIMIT 10`,
  'set operations':
    '(SELECT id FROM customers EXCEPT SELECT customer_id::int FROM reservations) UNION ALL (SELECT 1 INTERSECT SELECT 1)',
  'a count for a page': 'SELECT count(*) OVER () AS total, c.* FROM customers c WHERE vip LIMIT 1',
  'a view': 'SELECT * FROM open_reservations WHERE customer LIKE $$customer 1%$$',
  'a materialized view': 'SELECT month, cents FROM revenue ORDER BY month',
  'a partitioned table': `SELECT vehicle_id, max(km) FROM telemetry WHERE day >= '2024-12-01' GROUP BY 1 LIMIT 5`,
  'its own functions':
    'SELECT price_of(r.ends_on - r.starts_on, v.daily_cents) FROM reservations r JOIN vehicles v ON v.id = r.vehicle_id LIMIT 5',
  'a set-returning function of its own': 'SELECT id, status FROM reservations_of(12)',
  'row locks': [
    'BEGIN',
    'SELECT * FROM vehicles WHERE id = 3 FOR UPDATE SKIP LOCKED',
    'SELECT * FROM customers WHERE id = 3 FOR NO KEY UPDATE NOWAIT',
    'COMMIT',
  ],
  'a queue worker that looks': [
    'BEGIN',
    `SELECT id FROM reservations WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    'ROLLBACK',
  ],
  'random sample': 'SELECT id FROM payments TABLESAMPLE SYSTEM (50)',
  hashing: `SELECT md5(name), encode(sha256(name::bytea), 'hex'), gen_random_uuid() FROM tenants`,
  ranges: `SELECT daterange(starts_on, ends_on, '[]') && daterange('2025-01-01', '2025-01-31') FROM reservations LIMIT 3`,
  'DISTINCT ON':
    'SELECT DISTINCT ON (customer_id) customer_id, starts_on FROM reservations ORDER BY customer_id, starts_on DESC',
  'a cursor': [
    'BEGIN',
    'DECLARE page NO SCROLL CURSOR FOR SELECT * FROM payments ORDER BY id',
    'FETCH FORWARD 50 FROM page',
    'MOVE 10 IN page',
    'FETCH ALL FROM page',
    'CLOSE page',
    'COMMIT',
  ],
  EXPLAIN: 'EXPLAIN (FORMAT json, VERBOSE) SELECT * FROM reservations WHERE customer_id = 3',
  'EXPLAIN ANALYZE of a read':
    'EXPLAIN (ANALYZE, BUFFERS, TIMING off) SELECT count(*) FROM reservations WHERE customer_id = 3',
  'EXPLAIN of a write': 'EXPLAIN UPDATE payments SET cents = 0',
  'COPY out':
    'COPY (SELECT id, name FROM customers ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER true)',
  'trigram and other extensions': `SELECT similarity(name, 'customer'), name % 'custom' FROM customers ORDER BY name <-> 'customer 5' LIMIT 3`,
  'digest of pgcrypto': `SELECT encode(digest(name, 'sha256'), 'hex') FROM tenants`,
  isolation: ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', 'SELECT 1', 'COMMIT'],
  'serializable deferrable': [
    'START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE',
    'SELECT 1',
    'END',
  ],
});

const LOOKALIKES = ordinary('an application, with words that look dangerous', 'read', {
  'in a string': `SELECT 'DROP TABLE customers; DELETE FROM payments; TRUNCATE reservations'`,
  'in a dollar quote': 'SELECT $sql$ DELETE FROM payments; DROP DATABASE postgres; $sql$ AS note',
  'in comments': `/* DROP TABLE customers; */ SELECT 1 -- ; DELETE FROM payments`,
  'in aliases': 'SELECT 1 AS "delete", 2 AS "drop table payments", 3 AS "truncate"',
  'in quoted names':
    'SELECT "where", "delete from customers" FROM "Order" AS "drop" WHERE "drop"."id" = 1',
  'in a LIKE': `SELECT id FROM reservations WHERE notes LIKE '%; drop table%' OR notes ~ 'delete\\s+from'`,
  'in an E-string': String.raw`SELECT E'it\'s; DROP TABLE customers; --', E'tab\there'`,
  'in JSON': `SELECT '{"sql": "DELETE FROM payments"}'::jsonb ->> 'sql'`,
  'as a parameter': {
    text: 'SELECT $1::text, $2::text',
    values: [`'; DROP TABLE customers; --`, 'DELETE FROM payments'],
  },
  'a semicolon and nothing': 'SELECT 1; ; ;',
  'an empty query': '',
  'only a comment': '-- nothing to do; DROP TABLE customers',
  unicode: `SELECT 'löschen 删除 🗑' AS "größe", U&'\\0061'`,
});

const WRITES = ordinary('an application', 'write', {
  'an insert': {
    text: 'INSERT INTO customers (tenant_id, name, email) VALUES ($1, $2, $3) RETURNING id',
    values: [1, 'New One', 'new1@example.org'],
  },
  'a batch of rows': `INSERT INTO vehicles (tenant_id, plate, model, daily_cents) VALUES ${Array.from({ length: 50 }, (_, at) => `(1, 'B-${at}', 'batch', ${1000 + at})`).join(', ')}`,
  'insert from a select': `INSERT INTO audit_trail (what) SELECT 'copied ' || id FROM tenants WHERE id < 3`,
  'insert from unnest': {
    text: 'INSERT INTO imported_reservations (id, status) SELECT * FROM unnest($1::bigint[], $2::text[])',
    values: [
      [5001, 5002],
      ['a', 'b'],
    ],
  },
  upsert: `INSERT INTO sessions (sid, data, expires) VALUES ('s1', '{"user": 3}', now() + interval '1 day') ON CONFLICT (sid) DO UPDATE SET data = EXCLUDED.data, expires = EXCLUDED.expires`,
  'upsert of several': `INSERT INTO sessions (sid, expires) VALUES ('s1', now()), ('s2', now()) ON CONFLICT (sid) DO UPDATE SET expires = EXCLUDED.expires WHERE sessions.expires < EXCLUDED.expires RETURNING sid`,
  'insert or nothing': `INSERT INTO sessions (sid, expires) VALUES ('s1', now()) ON CONFLICT DO NOTHING`,
  'a bounded update': {
    text: 'UPDATE customers SET notes = $1, vip = NOT vip WHERE id = $2',
    values: ['called', 9],
  },
  'a bounded update over several lines': `
    UPDATE reservations
       SET status = 'closed',
           notes  = concat(notes, ' ', 'WHERE nothing; DELETE')
     WHERE status = 'open'        -- only open ones
       AND ends_on < DATE '2024-01-01'
       AND customer_id IN (
             SELECT id FROM customers WHERE tenant_id = 2
           )`,
  'a bounded delete over several lines': `
    DELETE
      FROM sessions
     WHERE expires < now() - interval '3 years'
       AND sid <> 'new'
    RETURNING sid`,
  'update from another table': `UPDATE reservations r SET notes = c.name FROM customers c WHERE c.id = r.customer_id AND r.id = 17`,
  'delete using': `DELETE FROM payments p USING reservations r WHERE r.id = p.reservation_id AND r.id = 199 AND p.cents < 0`,
  'optimistic locking': {
    text: 'UPDATE customers SET name = $1 WHERE id = $2 AND created_at = $3',
    values: ['x', 1, '1999-01-01'],
  },
  'a counter':
    'UPDATE vehicles SET daily_cents = daily_cents + 1 WHERE plate = $$AG-3$$ RETURNING daily_cents',
  'update of JSON': `UPDATE customers SET address = jsonb_set(address, '{city}', '"Graz"') || '{"zip": "8010"}' WHERE id = 4`,
  'update of an array': `UPDATE vehicles SET features = array_append(features, 'gps') WHERE id = 2`,
  'a soft delete': `UPDATE reservations SET status = 'deleted' WHERE id = 150`,
  'a hard delete': 'DELETE FROM payments WHERE id = 200',
  'delete of a list': { text: 'DELETE FROM payments WHERE id = ANY ($1)', values: [[198, 199]] },
  'take one from a queue': `UPDATE reservations SET status = 'taken' WHERE id = (SELECT id FROM reservations WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`,
  'move rows with a CTE': `WITH moved AS (DELETE FROM sessions WHERE expires < '2024-06-01' RETURNING sid) INSERT INTO audit_trail (what) SELECT sid FROM moved`,
  'a transaction': [
    'BEGIN',
    `INSERT INTO reservations (customer_id, vehicle_id, starts_on, ends_on) VALUES (1, 1, '2026-01-01', '2026-01-02')`,
    `INSERT INTO payments (reservation_id, cents) VALUES (currval('reservations_id_seq'), 500)`,
    'COMMIT',
  ],
  savepoints: [
    'BEGIN',
    'SAVEPOINT a',
    `UPDATE customers SET notes = 'a' WHERE id = 2`,
    'ROLLBACK TO SAVEPOINT a',
    'SAVEPOINT b',
    'RELEASE SAVEPOINT b',
    'COMMIT',
  ],
  'an insert that names nextval': `INSERT INTO customers (id, tenant_id, name) VALUES (nextval('customers_id_seq'), 1, 'by hand')`,
  'insert with defaults': `INSERT INTO audit_trail (what, who) VALUES ('x', DEFAULT)`,
  'insert into a partitioned table': `INSERT INTO telemetry VALUES (1, '2025-05-05', 10)`,
  'through a view': `UPDATE vip_customers SET notes = 'vip' WHERE id = 20`,
  merge: `MERGE INTO sessions s USING (VALUES ('m1', now())) v (sid, expires) ON s.sid = v.sid WHEN MATCHED THEN UPDATE SET expires = v.expires WHEN NOT MATCHED THEN INSERT (sid, expires) VALUES (v.sid, v.expires)`,
  'refresh a materialized view': 'REFRESH MATERIALIZED VIEW revenue',
  'EXPLAIN ANALYZE of a bounded update': [
    'BEGIN',
    `EXPLAIN ANALYZE UPDATE customers SET notes = 'x' WHERE id = 1`,
    'ROLLBACK',
  ],
  notify: [`NOTIFY bookings, 'reservation 5'`, `SELECT pg_notify('bookings', 'x')`],
});

const SESSION = ordinary('an application', 'session', {
  listen: ['LISTEN bookings', 'UNLISTEN bookings', 'UNLISTEN *'],
  'advisory locks': [
    'SELECT pg_advisory_lock(42)',
    'SELECT pg_advisory_unlock(42)',
    `SELECT pg_try_advisory_lock(hashtext('job'))`,
    'SELECT pg_advisory_unlock_all()',
    'BEGIN',
    'SELECT pg_advisory_xact_lock(1, 2)',
    'COMMIT',
  ],
  'temporary tables': [
    'CREATE TEMP TABLE picked (id int PRIMARY KEY, note text)',
    'INSERT INTO picked SELECT id FROM customers',
    'CREATE INDEX ON picked (note)',
    'UPDATE picked SET note = $$x$$',
    'SELECT count(*) FROM picked JOIN customers USING (id)',
    'TRUNCATE picked',
    'DELETE FROM picked',
    'DROP TABLE picked',
  ],
  'a temporary table from a query': [
    'CREATE TEMPORARY TABLE snap ON COMMIT PRESERVE ROWS AS SELECT * FROM payments',
    'ANALYZE snap',
    'SELECT count(*) FROM snap',
    'DROP TABLE IF EXISTS snap',
  ],
  'prepared by SQL': [
    'PREPARE one (int) AS SELECT * FROM customers WHERE id = $1',
    'EXECUTE one (1)',
    'EXECUTE one (2)',
    'DEALLOCATE one',
  ],
  settings: [
    `SET application_name = 'shop'`,
    `SET TIME ZONE 'Europe/Vienna'`,
    `SET statement_timeout = '5s'`,
    `SET lock_timeout TO 1000`,
    'SET idle_in_transaction_session_timeout = 60000',
    'RESET statement_timeout',
    `SET LOCAL work_mem = '8MB'`,
    'SHOW TIME ZONE',
    'SHOW ALL',
  ],
  'settings of its own': [
    `SELECT set_config('app.current_tenant', '3', false)`,
    `SELECT current_setting('app.current_tenant')`,
    `SET app.user_id = '7'`,
  ],
  search_path: [
    'SET search_path TO public',
    'SELECT count(*) FROM customers',
    'SHOW search_path',
    'RESET search_path',
  ],
  'planner settings': [
    'SET enable_seqscan = off',
    'SET random_page_cost = 1.1',
    'RESET enable_seqscan',
    `SET jit = off`,
  ],
  'an aborted transaction': ['BEGIN', 'SELECT 1', 'ABORT'],
  discard: ['DISCARD PLANS', 'DISCARD SEQUENCES'],
});

const SCHEMA = ordinary('an application', 'schema', {
  'a table': [
    'CREATE TABLE extras (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), label text NOT NULL CHECK (length(label) < 100), at timestamptz DEFAULT now())',
    `INSERT INTO extras (label) VALUES ('child seat')`,
    'SELECT * FROM extras',
  ],
  'a table if it is not there':
    'CREATE TABLE IF NOT EXISTS settings (key text PRIMARY KEY, value jsonb)',
  'a column': 'ALTER TABLE customers ADD COLUMN IF NOT EXISTS phone text',
  'a column with a default': `ALTER TABLE vehicles ADD COLUMN seats int NOT NULL DEFAULT 5`,
  'a constraint': 'ALTER TABLE vehicles ADD CONSTRAINT seats_positive CHECK (seats > 0)',
  'a foreign key': [
    'CREATE TABLE tags (id serial PRIMARY KEY, vehicle_id int)',
    'ALTER TABLE tags ADD FOREIGN KEY (vehicle_id) REFERENCES vehicles (id) ON DELETE CASCADE',
  ],
  'an index':
    'CREATE INDEX IF NOT EXISTS payments_by_day ON payments (paid_at DESC) WHERE cents > 0',
  'an index built on the side':
    'CREATE INDEX CONCURRENTLY customers_lower_name ON customers (lower(name))',
  'a view':
    'CREATE OR REPLACE VIEW free_vehicles AS SELECT * FROM vehicles WHERE status = $$free$$',
  'a type': [
    `CREATE TYPE fuel AS ENUM ('petrol', 'electric')`,
    `ALTER TYPE fuel ADD VALUE 'hydrogen'`,
  ],
  'a function': [
    'CREATE FUNCTION half(n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT n / 2 $$',
    'SELECT half(10)',
  ],
  'a comment': [`SELECT obj_description('payments'::regclass)`],
  'a schema': [
    'CREATE SCHEMA IF NOT EXISTS reporting',
    'CREATE TABLE reporting.daily (day date PRIMARY KEY, n int)',
  ],
  'a sequence': ['CREATE SEQUENCE invoice_numbers START 1000', `SELECT nextval('invoice_numbers')`],
  'a partition': `CREATE TABLE telemetry_2026 PARTITION OF telemetry FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
});

export const APPLICATIONS: readonly Ordinary[] = [
  ...READS,
  ...LOOKALIKES,
  ...WRITES,
  ...SESSION,
  ...SCHEMA,
];
