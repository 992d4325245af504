SELECT * FROM tally()
