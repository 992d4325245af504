SELECT count(*) FILTER (WHERE tally() = 1) FROM orders
