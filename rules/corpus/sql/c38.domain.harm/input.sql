SELECT 1::picky; INSERT INTO with_picky VALUES (1, 2); SELECT picky '1'; SELECT pg_input_is_valid('1', 'picky'); SELECT * FROM json_to_record('{}') AS x (p picky)
