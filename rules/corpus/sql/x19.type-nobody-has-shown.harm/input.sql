CREATE FUNCTION evil() RETURNS int4 LANGUAGE plpgsql AS 'begin delete from orders; return 1; end'; SELECT 1::fresh_domain; DO $$ DECLARE x fresh_domain := 1; BEGIN END $$
