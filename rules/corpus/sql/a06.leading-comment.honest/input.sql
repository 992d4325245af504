/* DELETE FROM orders */ SELECT 1 -- DROP TABLE orders
