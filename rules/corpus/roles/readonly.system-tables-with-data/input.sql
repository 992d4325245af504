SELECT * FROM pg_stats

SELECT most_common_vals FROM pg_catalog.pg_stats

SELECT query FROM pg_stat_activity

SELECT * FROM pg_authid

SELECT * FROM pg_statistic
