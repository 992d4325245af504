SELECT sum(id) OVER (ORDER BY tally()) FROM orders
