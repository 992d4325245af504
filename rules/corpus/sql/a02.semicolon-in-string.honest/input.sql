SELECT '; DROP TABLE orders', $$ ; DELETE FROM orders $$
