UPDATE staging SET id = purge() WHERE id = 1
