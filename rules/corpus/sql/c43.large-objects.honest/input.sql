SELECT oid FROM pg_catalog.pg_largeobject_metadata; SELECT lo_get(42)
