SELECT pg_terminate_backend(1); SELECT pg_cancel_backend(1); SELECT pg_reload_conf(); SELECT pg_rotate_logfile(); SELECT pg_promote()
