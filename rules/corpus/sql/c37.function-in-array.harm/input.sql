SELECT ARRAY[purge()]
