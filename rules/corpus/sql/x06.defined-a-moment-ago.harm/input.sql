CREATE FUNCTION fresh() RETURNS int4 LANGUAGE plpgsql AS 'begin delete from orders; return 1; end'; SELECT fresh(); SELECT tally()
