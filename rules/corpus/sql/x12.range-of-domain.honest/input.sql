SELECT '[1,2]'::int4range
