/** Techniques 17 to 36: kinds of statements. Data only. */

import {
  attack,
  IN_PRODUCTION,
  passes,
  passesInDevelopment,
  PAYMENTS,
  type Technique,
} from '../technique.ts';

/** Conditions that hold for every row of payments. */
const TAUTOLOGIES: readonly string[] = [
  'true',
  '1 = 1',
  'NOT false',
  'id = id',
  'payments.id = payments.id',
  'id IS NOT NULL',
  'id > -1 OR id <= -1',
  'EXISTS (SELECT 1)',
  'id IN (SELECT id FROM payments)',
  'id = ANY (SELECT p.id FROM public.payments p)',
  `ctid >= '(0,0)'`,
  `'a' = 'a'`,
  'id = 1 OR true',
  'id = 1 OR 1 = 1',
  '1 = 1 AND 2 > 1',
  'cents = cents AND id IS NOT NULL',
  '(SELECT true)',
  '1 IN (1, 2)',
  'NOT (id IS NULL)',
  'COALESCE(true, id = 1)',
  'CASE WHEN id = 1 THEN true ELSE true END',
  'tableoid IS NOT NULL',
  `current_user IS NOT NULL`,
];

/** Conditions that depend on the row, written as people write them. */
const REAL_CONDITIONS: readonly string[] = [
  'id = -1',
  'id IN (-1, -2)',
  '1 = 1 AND id = -1',
  'id IN (SELECT id FROM payments WHERE id = -1)',
  'EXISTS (SELECT 1 FROM reservations r WHERE r.id = payments.reservation_id AND r.id = -1)',
  `paid_at < '1999-01-01'`,
  'reservation_id = -1 AND cents IS NOT NULL',
  '(id = -1 OR id = -2) AND true',
];

export const FAMILY_B: readonly Technique[] = [
  {
    number: 17,
    title: 'a WHERE that is true for every row',
    attacks: [
      ...TAUTOLOGIES.map((condition) => attack(`DELETE FROM payments WHERE ${condition}`)),
      attack('UPDATE payments SET cents = 0 WHERE true'),
      attack('UPDATE payments SET cents = 0 WHERE id = id'),
    ],
    neighbours: [
      ...REAL_CONDITIONS.map((condition) => passes(`DELETE FROM payments WHERE ${condition}`)),
      passes('UPDATE payments SET cents = cents + 1 WHERE id = 5'),
    ],
  },
  {
    number: 18,
    title: 'a join that covers every row',
    attacks: [
      attack('DELETE FROM payments USING imported_reservations i WHERE payments.id = i.id'),
      attack('DELETE FROM payments USING payments other WHERE payments.id = other.id'),
      attack(
        'UPDATE reservations SET status = i.status FROM imported_reservations i WHERE reservations.id = i.id',
      ),
      attack('DELETE FROM payments USING tenants WHERE true'),
      attack('DELETE FROM payments USING tenants WHERE tenants.id = 1'),
    ],
    neighbours: [
      passes(
        'DELETE FROM payments USING reservations r WHERE payments.reservation_id = r.id AND r.id = -1',
      ),
      passes(
        `UPDATE reservations r SET notes = 'vip' FROM customers c WHERE r.customer_id = c.id AND c.id = 10`,
      ),
    ],
  },
  {
    number: 19,
    title: 'a data-modifying CTE under a SELECT',
    attacks: [
      attack('WITH gone AS (DELETE FROM payments RETURNING *) SELECT count(*) FROM gone'),
      attack('WITH a AS (SELECT 1) DELETE FROM payments'),
      attack('WITH a AS (SELECT 1), b AS (UPDATE payments SET cents = 0) SELECT * FROM a'),
      attack('WITH RECURSIVE a AS (SELECT 1), b AS MATERIALIZED (DELETE FROM payments) TABLE a'),
      attack(
        `WITH gone AS (DELETE FROM payments RETURNING id) INSERT INTO audit_trail (what) SELECT id::text FROM gone`,
      ),
    ],
    neighbours: [
      passes('WITH gone AS (SELECT * FROM payments) SELECT count(*) FROM gone'),
      passes('WITH d AS (DELETE FROM payments WHERE id = -1 RETURNING *) SELECT * FROM d'),
      passes('WITH a AS (SELECT -1 AS id) DELETE FROM payments WHERE id = -1'),
    ],
  },
  {
    number: 20,
    title: 'EXPLAIN ANALYZE runs what it explains',
    attacks: [
      attack('EXPLAIN ANALYZE DELETE FROM payments'),
      attack('EXPLAIN (ANALYZE, BUFFERS) DELETE FROM payments'),
      attack('EXPLAIN (ANALYZE 1) DELETE FROM payments'),
      attack('EXPLAIN (COSTS off, ANALYZE on) UPDATE payments SET cents = 0'),
      attack('EXPLAIN (ANALYZE off, ANALYZE) DELETE FROM payments'),
      attack('EXPLAIN (analyze TRUE, FORMAT json) WITH g AS (DELETE FROM payments) SELECT 1'),
      attack('EXPLAIN ANALYZE VERBOSE DELETE FROM payments'),
      attack('EXPLAIN ANALYZE CREATE TABLE made AS SELECT traps.purge()'),
    ],
    neighbours: [
      passes('EXPLAIN DELETE FROM payments'),
      passes('EXPLAIN (ANALYZE off) DELETE FROM payments'),
      passes('EXPLAIN (ANALYZE 0, VERBOSE) UPDATE payments SET cents = 0'),
      passes('EXPLAIN ANALYZE SELECT count(*) FROM payments'),
      passes('EXPLAIN ANALYZE DELETE FROM payments WHERE id = -1'),
    ],
  },
  {
    number: 21,
    title: 'PREPARE and EXECUTE',
    attacks: [
      attack(['PREPARE p AS DELETE FROM payments', 'EXECUTE p']),
      attack('PREPARE p AS DELETE FROM payments; EXECUTE p', { simpleOnly: true }),
      attack(['PREPARE p (int) AS DELETE FROM payments WHERE $1 = 1', 'EXECUTE p (1)']),
      attack(['PREPARE p AS DELETE FROM payments', 'EXPLAIN ANALYZE EXECUTE p']),
      attack(['PREPARE p AS SELECT traps.purge()', 'CREATE TEMP TABLE made AS EXECUTE p']),
      attack([
        'PREPARE p AS SELECT 1',
        'DEALLOCATE p',
        'PREPARE p AS DELETE FROM payments',
        'EXECUTE p',
      ]),
      attack([
        'PREPARE p AS SELECT 1',
        'DISCARD ALL',
        'PREPARE p AS TRUNCATE payments',
        'PREPARE p AS DELETE FROM payments',
        'EXECUTE p',
      ]),
      attack(['PREPARE p (int) AS SELECT $1', 'EXECUTE p (traps.purge())']),
    ],
    neighbours: [
      passes(['PREPARE p AS SELECT 1', 'EXECUTE p', 'DEALLOCATE p']),
      passes([
        'PREPARE q (int) AS DELETE FROM payments WHERE id = $1',
        'EXECUTE q (-1)',
        'DEALLOCATE ALL',
      ]),
    ],
  },
  {
    number: 22,
    title: 'DO blocks',
    attacks: [
      attack('DO $$ BEGIN DELETE FROM payments; END $$'),
      attack(`DO $$ BEGIN EXECUTE 'DEL' || 'ETE FROM payments'; END $$`),
      attack(`DO LANGUAGE plpgsql 'BEGIN PERFORM traps.purge(); END'`),
      attack(`DO $x$ DECLARE n int := traps.purge(); BEGIN END $x$ LANGUAGE plpgsql`),
      attack('DO $$ BEGIN IF true THEN TRUNCATE payments; END IF; END $$'),
      attack('DO $$ DECLARE r record; BEGIN FOR r IN SELECT traps.purge() LOOP END LOOP; END $$'),
    ],
    neighbours: [passes('SELECT $x$ DO $$ BEGIN DELETE FROM payments; END $$ $x$')],
  },
  {
    number: 23,
    title: 'COPY of a query that deletes',
    attacks: [
      attack('COPY (DELETE FROM payments RETURNING *) TO STDOUT'),
      attack('COPY (UPDATE payments SET cents = 0 RETURNING id) TO STDOUT WITH (FORMAT csv)'),
      attack('COPY (WITH g AS (DELETE FROM payments RETURNING *) SELECT * FROM g) TO STDOUT'),
      attack('COPY (SELECT traps.purge()) TO STDOUT'),
    ],
    neighbours: [
      passes('COPY (SELECT * FROM payments ORDER BY id) TO STDOUT'),
      passes('COPY payments TO STDOUT'),
      passes('COPY (DELETE FROM payments WHERE id = -1 RETURNING *) TO STDOUT'),
    ],
  },
  {
    number: 24,
    title: 'MERGE and an upsert that overwrites everything',
    attacks: [
      attack(
        'MERGE INTO payments p USING reservations r ON p.reservation_id = r.id WHEN MATCHED THEN DELETE',
      ),
      attack(
        'MERGE INTO payments p USING reservations r ON p.reservation_id = r.id WHEN MATCHED THEN UPDATE SET cents = 0',
      ),
      attack(
        'MERGE INTO payments p USING (SELECT -1 AS id) s ON p.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE',
      ),
      attack('MERGE INTO payments p USING (SELECT -1 AS id) s ON true WHEN MATCHED THEN DELETE'),
      attack(
        `INSERT INTO customers (id, tenant_id, name) SELECT id, tenant_id, 'gone' FROM customers
         ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
      ),
    ],
    neighbours: [
      passes(
        `INSERT INTO sessions (sid, expires) VALUES ('new', '2099-01-02')
         ON CONFLICT (sid) DO UPDATE SET expires = excluded.expires`,
      ),
      passes(
        `INSERT INTO sessions (sid, expires) VALUES ('new', now()) ON CONFLICT (sid) DO NOTHING`,
      ),
      passes(
        `MERGE INTO sessions s USING (VALUES ('new', timestamptz '2099-01-03')) v (sid, expires) ON s.sid = v.sid
         WHEN MATCHED THEN UPDATE SET expires = v.expires
         WHEN NOT MATCHED THEN INSERT (sid, expires) VALUES (v.sid, v.expires)`,
      ),
    ],
  },
  {
    number: 25,
    title: 'functions run while something is created',
    attacks: [
      attack('SELECT traps.purge() AS n INTO made', { harm: PAYMENTS }),
      attack('CREATE TABLE made AS SELECT traps.purge()', { harm: PAYMENTS }),
      attack('CREATE TEMP TABLE made AS SELECT traps.purge()', { harm: PAYMENTS }),
      attack('CREATE MATERIALIZED VIEW made AS SELECT traps.purge() AS n', { harm: PAYMENTS }),
      attack('CREATE INDEX made ON vehicles (traps.purge_if_immutable(id))', { harm: PAYMENTS }),
      attack('SELECT traps.purge() AS n INTO TEMP made', { harm: PAYMENTS }),
      attack(
        [
          'CREATE MATERIALIZED VIEW made AS SELECT traps.purge() AS n WITH NO DATA',
          'REFRESH MATERIALIZED VIEW made',
        ],
        { harm: PAYMENTS },
      ),
      attack('CREATE TABLE made (a int CHECK (traps.purge_if(a))); INSERT INTO made VALUES (1)', {
        harm: PAYMENTS,
        simpleOnly: true,
      }),
      attack('ALTER TABLE vehicles ADD CHECK (traps.purge_if(id))', { harm: PAYMENTS }),
    ],
    neighbours: [
      passes('CREATE TEMP TABLE made AS SELECT id FROM payments'),
      passes('SELECT id INTO TEMP made FROM payments'),
      passesInDevelopment(['BEGIN', 'CREATE TABLE made AS SELECT price_of(2, 3) AS n', 'ROLLBACK']),
      passesInDevelopment(['BEGIN', 'CREATE INDEX made ON vehicles (lower(plate))', 'ROLLBACK']),
    ],
  },
  {
    number: 26,
    title: 'cursors',
    attacks: [
      attack(['BEGIN', 'DECLARE c CURSOR WITH HOLD FOR SELECT traps.purge()', 'COMMIT']),
      attack('DECLARE c CURSOR WITH HOLD FOR SELECT traps.purge()'),
      attack(['BEGIN', 'DECLARE c CURSOR FOR SELECT traps.purge()', 'FETCH ALL FROM c', 'COMMIT']),
      attack([
        'BEGIN',
        'DECLARE c CURSOR FOR SELECT 1 AS a WHERE traps.purge_if(1)',
        'MOVE FORWARD ALL IN c',
        'COMMIT',
      ]),
      attack([
        'BEGIN',
        'DECLARE c INSENSITIVE SCROLL CURSOR FOR TABLE dashboard',
        'FETCH LAST c',
        'COMMIT',
      ]),
    ],
    neighbours: [
      passes([
        'BEGIN',
        'DECLARE c CURSOR FOR SELECT * FROM payments',
        'FETCH 10 FROM c',
        'CLOSE c',
        'COMMIT',
      ]),
      passes([
        'DECLARE c CURSOR WITH HOLD FOR SELECT id FROM payments',
        'FETCH 5 FROM c',
        'CLOSE ALL',
      ]),
    ],
  },
  {
    number: 27,
    title: 'reads by another name',
    attacks: [
      attack('VALUES (traps.purge())'),
      attack('TABLE payments; DELETE FROM payments', { simpleOnly: true }),
      attack('TABLE dashboard'),
      attack('VALUES (1), ((SELECT traps.purge()))'),
    ],
    neighbours: [
      passes('VALUES (1), (2)'),
      passes('TABLE tenants'),
      passes('TABLE open_reservations'),
    ],
  },
  {
    number: 28,
    title: 'TRUNCATE and deletes that cascade',
    attacks: [
      attack('TRUNCATE tenants CASCADE'),
      attack('TRUNCATE payments'),
      attack('TRUNCATE TABLE ONLY payments RESTART IDENTITY'),
      attack('TRUNCATE payments, imported_reservations'),
      attack('DELETE FROM tenants WHERE id IS NOT NULL'),
      attack('DROP TABLE tenants CASCADE'),
    ],
    neighbours: [
      passes('DELETE FROM payments WHERE id = -1'),
      passes(['CREATE TEMP TABLE mine AS SELECT 1 AS a', 'TRUNCATE mine']),
    ],
  },
  {
    number: 29,
    title: 'data that disappears without DROP',
    attacks: [
      attack('ALTER TABLE payments RENAME TO old_payments', { stoppedIn: IN_PRODUCTION }),
      attack('ALTER TABLE payments RENAME COLUMN cents TO x', { stoppedIn: IN_PRODUCTION }),
      attack('ALTER TABLE payments SET SCHEMA archive', { stoppedIn: IN_PRODUCTION }),
      attack('ALTER TABLE telemetry DETACH PARTITION telemetry_2024', { stoppedIn: IN_PRODUCTION }),
      attack(
        'CREATE OR REPLACE VIEW vip_customers AS SELECT id, tenant_id, name, email, notes FROM customers WHERE false',
        { stoppedIn: IN_PRODUCTION },
      ),
      attack('ALTER TABLE payments ENABLE ROW LEVEL SECURITY', { stoppedIn: IN_PRODUCTION }),
      attack('ALTER SCHEMA archive RENAME TO elsewhere', { stoppedIn: IN_PRODUCTION }),
      attack('ALTER VIEW vip_customers RENAME TO nobody', { stoppedIn: IN_PRODUCTION }),
      attack('ALTER TYPE vehicle_status RENAME VALUE $$free$$ TO $$lost$$', {
        stoppedIn: IN_PRODUCTION,
        harm: { kind: 'refusal' },
      }),
    ],
    neighbours: [
      passesInDevelopment(['BEGIN', 'ALTER TABLE payments RENAME TO old_payments', 'ROLLBACK']),
      passesInDevelopment(['BEGIN', 'CREATE VIEW made AS SELECT id FROM customers', 'ROLLBACK']),
    ],
  },
  {
    number: 30,
    title: 'ALTER TABLE in disguise',
    attacks: [
      attack('ALTER TABLE telemetry DROP km'),
      attack('ALTER TABLE vehicles ADD COLUMN x int, DROP model'),
      attack('ALTER TABLE IF EXISTS ONLY vehicles DROP COLUMN IF EXISTS model CASCADE'),
      attack('ALTER TABLE customers ADD COLUMN x int DEFAULT traps.purge()', { harm: PAYMENTS }),
      attack('ALTER TABLE reservations ALTER notes TYPE text USING NULL'),
      attack('ALTER TABLE telemetry ALTER COLUMN km TYPE bigint USING 0'),
      attack('ALTER TABLE reservations ALTER notes TYPE varchar(1) USING left(notes, 1)'),
      attack('ALTER TABLE vehicles ADD COLUMN x careful DEFAULT 1', { harm: PAYMENTS }),
      attack('ALTER TABLE telemetry ALTER km TYPE int USING traps.purge()', { harm: PAYMENTS }),
    ],
    neighbours: [
      passesInDevelopment([
        'BEGIN',
        'ALTER TABLE customers ADD COLUMN x int DEFAULT 0',
        'ROLLBACK',
      ]),
      passesInDevelopment([
        'BEGIN',
        'ALTER TABLE vehicles ALTER COLUMN features DROP DEFAULT',
        'ROLLBACK',
      ]),
      passesInDevelopment(['BEGIN', 'ALTER TABLE vehicles ALTER model DROP NOT NULL', 'ROLLBACK']),
    ],
  },
  {
    number: 31,
    title: 'statements that verb tables forget',
    attacks: [
      attack('DROP OWNED BY clerk CASCADE'),
      attack('REASSIGN OWNED BY clerk TO postgres'),
      attack(`ALTER SYSTEM SET work_mem = '5MB'`, { undo: 'ALTER SYSTEM RESET work_mem' }),
      attack(`ALTER SYSTEM RESET ALL`, { harm: { kind: 'refusal' }, undo: '' }),
      attack(
        [
          'CREATE RULE r AS ON INSERT TO tenants DO ALSO DELETE FROM payments',
          `INSERT INTO tenants VALUES (9, 'nine')`,
        ],
        { harm: PAYMENTS },
      ),
      attack('ALTER POLICY own_rows ON clerk_notes USING (false)'),
      attack('DROP POLICY own_rows ON clerk_notes'),
      attack(`SECURITY LABEL ON TABLE payments IS 'none'`, { harm: { kind: 'refusal' } }),
      attack(`DROP TYPE vehicle_status CASCADE`),
      attack('DROP TRIGGER reservations_trail ON reservations'),
      attack('DROP FUNCTION price_of'),
      attack('DROP DATABASE IF EXISTS rental_template', { harm: { kind: 'refusal' }, undo: '' }),
      attack('IMPORT FOREIGN SCHEMA public FROM SERVER elsewhere INTO archive', {
        stoppedIn: IN_PRODUCTION,
        needs: 'postgres_fdw',
      }),
    ],
    neighbours: [
      passes('SHOW work_mem'),
      passes('SELECT * FROM pg_policies'),
      passesInDevelopment(['BEGIN', `CREATE TYPE made AS ENUM ('a')`, 'ROLLBACK']),
    ],
  },
  {
    number: 32,
    title: 'privileges',
    attacks: [
      attack('ALTER ROLE clerk SET search_path = evil', { undo: 'ALTER ROLE clerk RESET ALL' }),
      attack('GRANT ALL ON payments TO PUBLIC'),
      attack(`CREATE ROLE mallory SUPERUSER LOGIN PASSWORD 'x'`, {
        undo: 'DROP ROLE IF EXISTS mallory',
      }),
      attack('ALTER ROLE clerk SUPERUSER', { undo: 'ALTER ROLE clerk NOSUPERUSER' }),
      attack('ALTER TABLE payments OWNER TO clerk'),
      attack('GRANT pg_execute_server_program TO clerk', {
        undo: 'REVOKE pg_execute_server_program FROM clerk',
      }),
      attack('ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC'),
      attack('REVOKE ALL ON payments FROM postgres'),
      attack('ALTER FUNCTION traps.purge() SECURITY DEFINER'),
      attack(`CREATE USER mallory`, { undo: 'DROP ROLE IF EXISTS mallory' }),
    ],
    neighbours: [
      passes(`SELECT has_table_privilege('payments', 'SELECT')`),
      passes('SELECT rolname FROM pg_roles'),
    ],
  },
  {
    number: 33,
    title: 'writing to the system catalog',
    attacks: [
      attack(`UPDATE pg_class SET relname = 'gone' WHERE relname = 'payments'`),
      attack(
        `UPDATE pg_attribute SET attnotnull = false WHERE attrelid = 'payments'::regclass AND attnum = 3`,
      ),
      attack(`DELETE FROM pg_catalog.pg_trigger WHERE tgname = 'reservations_trail'`),
      attack(`UPDATE pg_proc SET prosrc = 'select 0' WHERE proname = 'price_of'`),
      attack(`WITH x AS (DELETE FROM pg_rewrite WHERE ev_class = 'inbox'::regclass) SELECT 1`),
      attack(
        `INSERT INTO pg_description VALUES ('payments'::regclass, 'pg_class'::regclass, 0, 'x')`,
      ),
    ],
    neighbours: [
      passes(`SELECT relname FROM pg_class WHERE relname = 'payments'`),
      passes(`SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = 'payments'::regclass`),
    ],
  },
  {
    number: 34,
    title: 'COPY to and from programs and server files',
    attacks: [
      attack(`COPY payments TO PROGRAM 'cat > $FILE'`, { harm: { kind: 'file' } }),
      attack(`COPY imported_reservations FROM PROGRAM 'touch $FILE; true'`, {
        harm: { kind: 'file' },
      }),
      attack(`COPY payments TO '$FILE'`, { harm: { kind: 'file' } }),
      attack(`COPY (SELECT 1) TO '$FILE' WITH (FORMAT csv)`, { harm: { kind: 'file' } }),
      attack(`COPY audit_trail (what) FROM '/etc/hostname'`),
      attack(`COPY audit_trail (what) FROM PROGRAM 'echo hello'`),
    ],
    neighbours: [passes('COPY payments (id, cents) TO STDOUT (FORMAT csv, HEADER)')],
  },
  {
    number: 35,
    title: 'writes through the schema',
    attacks: [
      attack(`INSERT INTO inbox (body) VALUES ('x')`, { harm: PAYMENTS }),
      attack(`UPDATE closing SET status = 'x' WHERE id = 1`),
      attack(`INSERT INTO drop_box (body) VALUES ('x')`, { harm: PAYMENTS }),
      attack('INSERT INTO default_box (id) VALUES (1)', { harm: PAYMENTS }),
      attack('INSERT INTO default_box (id, n) VALUES (1, DEFAULT)', { harm: PAYMENTS }),
      attack('INSERT INTO default_box DEFAULT VALUES', { harm: PAYMENTS }),
      attack('UPDATE default_box SET n = DEFAULT WHERE id = 1', { harm: { kind: 'refusal' } }),
      attack('DELETE FROM vip_customers'),
      attack('DELETE FROM vip_customers WHERE true'),
      attack(`UPDATE vip_customers SET notes = 'gone'`),
      attack('DELETE FROM swapping WHERE id = 1', { harm: PAYMENTS }),
      attack('INSERT INTO checked_box VALUES (1)', { harm: PAYMENTS }),
      attack('INSERT INTO generated_box (id) VALUES (1)', { harm: PAYMENTS }),
      attack('INSERT INTO indexed_box VALUES (1)', { harm: PAYMENTS }),
      attack('UPDATE statement_box SET id = 5 WHERE id = -1', { harm: PAYMENTS }),
      attack(`COMMENT ON TABLE tenants IS 'x'`, { harm: PAYMENTS }),
      attack(
        `MERGE INTO drop_box d USING (SELECT 1 AS id) s ON d.id = s.id WHEN NOT MATCHED THEN INSERT (body) VALUES ('x')`,
        { harm: PAYMENTS },
      ),
      attack(`WITH i AS (INSERT INTO drop_box (body) VALUES ('x') RETURNING id) SELECT * FROM i`, {
        harm: PAYMENTS,
      }),
    ],
    neighbours: [
      passes('INSERT INTO default_box (id, n) VALUES (1, 2)'),
      passes(`UPDATE vip_customers SET notes = 'x' WHERE id = 10`),
      passes(`UPDATE reservations SET notes = 'y' WHERE id = 3`),
      passes(`INSERT INTO audit_trail (what) VALUES ('by hand')`),
      passes('SELECT id, status FROM closing WHERE id = 1'),
    ],
  },
  {
    number: 36,
    title: 'availability',
    attacks: [
      attack(['BEGIN', 'LOCK TABLE payments'], {
        harm: { kind: 'lock', mode: 'AccessExclusiveLock' },
        stoppedIn: IN_PRODUCTION,
      }),
      attack(['BEGIN', 'LOCK payments IN EXCLUSIVE MODE NOWAIT'], {
        harm: { kind: 'lock', mode: 'ExclusiveLock' },
        stoppedIn: IN_PRODUCTION,
      }),
      attack('VACUUM FULL payments', { stoppedIn: IN_PRODUCTION }),
      attack('VACUUM (FULL, ANALYZE) payments', { stoppedIn: IN_PRODUCTION }),
      attack('REINDEX TABLE payments', { stoppedIn: IN_PRODUCTION }),
      attack('CLUSTER payments USING payments_pkey', { stoppedIn: IN_PRODUCTION }),
      attack('CREATE INDEX made ON payments (cents)', { stoppedIn: IN_PRODUCTION }),
    ],
    neighbours: [
      passes(['BEGIN', 'LOCK TABLE payments IN ACCESS SHARE MODE', 'COMMIT']),
      passes(['BEGIN', 'SELECT * FROM payments WHERE id = 1 FOR UPDATE', 'COMMIT']),
      passes('NOTIFY somebody'),
      passes('ANALYZE payments'),
    ],
  },
];
