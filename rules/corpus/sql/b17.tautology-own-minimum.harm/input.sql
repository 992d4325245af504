DELETE FROM orders WHERE id >= (SELECT min(id) FROM orders)
