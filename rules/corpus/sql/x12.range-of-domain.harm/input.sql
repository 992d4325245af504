SELECT '[1,2]'::picky_range
