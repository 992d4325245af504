MERGE INTO orders o USING (VALUES (5, 'x')) s(id, status) ON o.id = s.id WHEN MATCHED THEN UPDATE SET status = s.status WHEN NOT MATCHED THEN INSERT (status) VALUES (s.status)
