SELECT length('x'), pg_catalog.length('y')
