CREATE TEMP TABLE scratch (id int4); INSERT INTO scratch VALUES (1); UPDATE scratch SET id = 2 WHERE id = 1; DROP TABLE scratch
