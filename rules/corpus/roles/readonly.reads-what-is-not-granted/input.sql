SELECT * FROM payments

SELECT * FROM tenants

SELECT (SELECT max(amount) FROM payments)

SELECT * FROM vehicles WHERE id IN (SELECT id FROM payments)

WITH p AS (SELECT * FROM payments) SELECT 1 FROM p

EXPLAIN SELECT * FROM payments

COPY payments TO STDOUT

COPY (SELECT * FROM payments) TO STDOUT

SELECT how_many()

SELECT * FROM all_payments

SELECT * FROM open_reservations

SELECT * FROM not_there

SELECT query_to_xml('SELECT * FROM payments', true, true, '')

SELECT table_to_xml('payments', true, true, '')

PREPARE p AS SELECT * FROM payments

DECLARE c CURSOR FOR SELECT * FROM payments

CREATE TEMP TABLE mine AS SELECT * FROM payments
