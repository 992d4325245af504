SELECT total(id) FROM orders
