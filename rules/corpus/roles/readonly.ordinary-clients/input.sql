SELECT 1

BEGIN

COMMIT

ROLLBACK

SAVEPOINT a

RELEASE a

SET TRANSACTION READ ONLY

SET application_name = 'x'

SET statement_timeout = '5s'

SET search_path = public

SET client_encoding = 'UTF8'

SHOW server_version

RESET ALL

DEALLOCATE ALL

UNLISTEN *

SELECT pg_advisory_unlock_all()

SELECT version(), current_user, now()

SELECT set_config('timezone', 'UTC', false)

SELECT oid, typname FROM pg_type WHERE typname = 'int4'

SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace

SELECT table_name FROM information_schema.tables

PREPARE p AS SELECT * FROM vehicles

DECLARE c CURSOR FOR SELECT * FROM vehicles

FETCH 10 FROM c

CLOSE c

LOCK TABLE vehicles IN ACCESS SHARE MODE

DISCARD ALL

SELECT pg_catalog.pg_table_is_visible(c.oid) FROM pg_catalog.pg_class c

SELECT current_setting('server_version_num')

SELECT nspname FROM pg_namespace
