SELECT string_agg(note, ',' ORDER BY tally()) FROM orders
