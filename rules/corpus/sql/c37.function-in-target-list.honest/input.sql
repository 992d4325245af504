SELECT tally()
