DELETE FROM orders WHERE status LIKE '%'
