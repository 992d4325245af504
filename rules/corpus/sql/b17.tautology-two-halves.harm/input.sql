DELETE FROM orders WHERE id > -1 OR id <= -1
