VALUES (1), (purge())
