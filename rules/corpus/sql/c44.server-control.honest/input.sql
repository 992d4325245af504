SELECT pg_backend_pid(), version(), current_setting('server_version')
