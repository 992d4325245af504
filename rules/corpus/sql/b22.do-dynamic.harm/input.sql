DO LANGUAGE plpgsql 'BEGIN EXECUTE ''DEL''||''ETE FROM orders''; END'
