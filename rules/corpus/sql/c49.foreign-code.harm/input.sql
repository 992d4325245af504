CREATE EXTENSION dblink; LOAD 'auto_explain'; CREATE FUNCTION f() RETURNS int4 LANGUAGE c AS 'x', 'y'; CREATE FUNCTION g() RETURNS int4 LANGUAGE plpython3u AS 'return 1'
