EXPLAIN SELECT tally(); EXPLAIN SELECT lower(status) FROM orders; EXPLAIN UPDATE orders SET note = 'x'
