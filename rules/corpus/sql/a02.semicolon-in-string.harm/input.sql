SELECT ';'; DROP TABLE orders
