VALUES (purge()); TABLE orders; DELETE FROM orders
