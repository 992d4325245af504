CREATE TEMP TABLE staging (id int4); SET search_path = evil; DELETE FROM orders
