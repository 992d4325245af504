SELECT count(*) FILTER (WHERE purge() = 1) FROM orders
