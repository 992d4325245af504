SELECT ROW(1)::coin::int4
