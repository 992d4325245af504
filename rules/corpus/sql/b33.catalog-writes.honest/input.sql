SELECT relname FROM pg_class WHERE relkind = 'r'; SELECT table_name FROM information_schema.tables
