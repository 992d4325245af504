SELECT * FROM orders, LATERAL (SELECT tally()) p
