SELECT * FROM made_up()
