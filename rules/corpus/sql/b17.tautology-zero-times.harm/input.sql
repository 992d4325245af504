DELETE FROM orders WHERE id * 0 = 0
