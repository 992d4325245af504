ALTER TABLE orders DROP note; ALTER TABLE orders ADD COLUMN x int4 DEFAULT purge(); ALTER TABLE orders ALTER COLUMN total TYPE int4 USING NULL; ALTER TABLE orders ALTER customer_id TYPE text
