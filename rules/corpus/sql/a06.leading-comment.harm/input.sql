/* x */ DELETE FROM orders; -- hi
DELETE FROM customers
