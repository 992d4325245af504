SELECT pg_size_pretty(pg_total_relation_size('orders')), pg_get_viewdef('open_orders'::regclass)
