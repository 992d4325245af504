SELECT 1::percent; INSERT INTO with_percent VALUES (1, 2)
