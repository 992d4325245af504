DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM orders WHERE id = 1; RAISE NOTICE 'n is %', n; END $$
