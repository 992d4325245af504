SELECT E'\'; DELETE FROM orders; --'
