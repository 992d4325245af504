SELECT * FROM purge()
