SELECT * FROM pg_stats

SELECT most_common_vals FROM pg_catalog.pg_stats

SELECT query FROM pg_stat_activity

SELECT * FROM pg_authid

SELECT * FROM pg_statistic

SELECT query FROM pg_stat_get_activity(NULL)

SELECT pg_stat_get_backend_activity(1)

SELECT (pg_mcv_list_items(stxdmcv)).* FROM pg_statistic_ext
