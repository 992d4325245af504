SELECT * FROM orders, LATERAL (SELECT purge()) p
