SET statement_timeout = '30s'; SET TIME ZONE 'UTC'; SET application_name = 'x'; SET DateStyle = ISO; SET extra_float_digits = 3; SET work_mem = '64MB'; RESET ALL; SET app.user_id = '7'
