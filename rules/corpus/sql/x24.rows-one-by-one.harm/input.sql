SELECT * FROM steps(3)
