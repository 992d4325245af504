SELECT * FROM ROWS FROM (generate_series(1, 2), purge()) AS x
