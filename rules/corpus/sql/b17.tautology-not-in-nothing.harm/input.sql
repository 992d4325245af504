DELETE FROM orders WHERE id <> ALL ('{}')
