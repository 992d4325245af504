SELECT '1'::int4
