DELETE FROM orders WHERE id > 10 AND id <= 20
