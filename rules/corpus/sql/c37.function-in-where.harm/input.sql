SELECT 1 FROM orders WHERE purge() = 1
