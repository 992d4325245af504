SELECT (make()).a::int4
