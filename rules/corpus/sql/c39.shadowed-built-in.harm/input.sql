SELECT evil.length('x'); SET search_path = evil, pg_catalog; SELECT length('x')
