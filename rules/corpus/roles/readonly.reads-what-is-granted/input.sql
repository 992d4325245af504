SELECT * FROM reservations

SELECT r.id, v.plate FROM reservations r JOIN public.vehicles v ON true

TABLE customers

SELECT count(*) FROM (SELECT 1 FROM vehicles UNION SELECT 2 FROM customers) x

WITH v AS (SELECT * FROM vehicles) SELECT * FROM v

EXPLAIN SELECT * FROM vehicles

COPY vehicles TO STDOUT

SELECT double_of(2)
