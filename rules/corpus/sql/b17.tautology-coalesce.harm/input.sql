DELETE FROM orders WHERE coalesce(NULL, true)
