DO LANGUAGE plpython3u $$ plpy.execute('delete from orders') $$
