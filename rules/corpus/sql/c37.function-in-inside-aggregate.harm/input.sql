SELECT string_agg(note, ',' ORDER BY purge()) FROM orders
