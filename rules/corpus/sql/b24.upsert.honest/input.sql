INSERT INTO orders (id, status) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET status = excluded.status; INSERT INTO orders (id) VALUES (2) ON CONFLICT DO NOTHING
