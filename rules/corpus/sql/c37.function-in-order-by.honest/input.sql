SELECT 1 FROM orders ORDER BY tally()
