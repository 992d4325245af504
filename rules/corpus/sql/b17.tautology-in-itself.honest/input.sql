DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE status = 'void' LIMIT 100)
