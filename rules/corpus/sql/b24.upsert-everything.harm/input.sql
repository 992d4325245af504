INSERT INTO orders (id, status) SELECT id, 'x' FROM orders ON CONFLICT (id) DO UPDATE SET status = excluded.status
