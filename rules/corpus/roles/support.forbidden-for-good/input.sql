DELETE FROM reservations WHERE id = 1

DELETE FROM payments WHERE id = 1

TRUNCATE vehicles

DROP TABLE payments

DROP FUNCTION purge()

ALTER TABLE reservations DROP COLUMN notes

SELECT purge()

DELETE FROM customers WHERE id = 1

DO $$ BEGIN TRUNCATE public.reservations; END $$
