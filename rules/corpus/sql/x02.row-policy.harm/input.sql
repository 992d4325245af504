SELECT * FROM guarded
