CREATE TABLE fresh (id int4)
