DO $$ DECLARE c refcursor := 'c'; r record; BEGIN FETCH c INTO r; PERFORM r.a::int4; END $$
