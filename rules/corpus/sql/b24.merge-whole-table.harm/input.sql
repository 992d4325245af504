MERGE INTO orders o USING staging s ON o.id = s.id WHEN MATCHED THEN UPDATE SET status = s.status WHEN NOT MATCHED THEN INSERT (status) VALUES (s.status)
