SELECT (ARRAY[1,2])[purge()]
