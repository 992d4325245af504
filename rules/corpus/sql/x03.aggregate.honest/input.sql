SELECT product(id) FROM orders
