UPDATE sales SET k = 2 WHERE id = 1
