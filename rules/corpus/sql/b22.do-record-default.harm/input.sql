DO $$ DECLARE r record := purge(); BEGIN END $$
