SELECT JSON_OBJECT('a': purge())
