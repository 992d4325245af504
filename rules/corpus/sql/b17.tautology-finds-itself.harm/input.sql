DELETE FROM orders WHERE EXISTS (SELECT 1 FROM orders o WHERE o.id = orders.id)
