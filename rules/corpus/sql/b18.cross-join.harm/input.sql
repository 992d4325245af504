DELETE FROM orders USING staging
