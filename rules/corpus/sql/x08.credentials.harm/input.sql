SELECT rolname, rolpassword FROM pg_authid; SELECT * FROM pg_catalog.pg_shadow
