DELETE FROM orders USING staging WHERE orders.id = staging.id AND staging.id = 5
