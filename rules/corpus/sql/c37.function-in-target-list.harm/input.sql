SELECT purge()
