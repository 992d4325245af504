UPDATE reservations SET notes = 'x' WHERE id = 1

INSERT INTO reservations (notes) VALUES ('x')

DELETE FROM reservations WHERE id = 1

TRUNCATE reservations

DROP TABLE vehicles

ALTER TABLE vehicles ADD COLUMN x int

CREATE TABLE mine (id int)

CREATE TEMP TABLE mine (id int)

CREATE TEMP VIEW v AS SELECT 1

CREATE INDEX ON vehicles (plate)

GRANT SELECT ON payments TO PUBLIC

SELECT purge()

WITH d AS (DELETE FROM reservations WHERE id = 1 RETURNING *) SELECT * FROM d

EXPLAIN ANALYZE DELETE FROM reservations WHERE id = 1

DO $$ BEGIN DELETE FROM public.reservations WHERE id = 1; END $$

DO $$ BEGIN EXECUTE 'DELETE FROM ' || 'reservations'; END $$

MERGE INTO reservations r USING vehicles v ON r.id = v.id WHEN MATCHED THEN DELETE

COPY vehicles FROM STDIN

SELECT * FROM vehicles FOR UPDATE

LOCK TABLE vehicles IN ROW EXCLUSIVE MODE

LOCK TABLE vehicles

SELECT nextval('reservations_id_seq')

SELECT setval('reservations_id_seq', 1)

NOTIFY channel

LISTEN channel

SELECT pg_notify('channel', 'x')

VACUUM vehicles

ANALYZE vehicles

REINDEX TABLE vehicles

COMMENT ON TABLE vehicles IS 'x'

SET ROLE postgres

SELECT lo_unlink(1)

SELECT lo_get(1)

SELECT pg_advisory_lock(1)

SELECT pg_sleep(10)

SELECT pg_read_file('/etc/passwd')

SELECT pg_terminate_backend(1)

SET session_replication_role = replica

SET app.tenant_id = 'other'

SELECT set_config('app.tenant_id', 'other', false)

not sql at all
