CREATE DOMAIN picky AS int4 CHECK (purge() > VALUE); CREATE TABLE fresh (p picky); INSERT INTO fresh VALUES (1)
