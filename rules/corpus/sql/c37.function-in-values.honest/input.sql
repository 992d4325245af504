VALUES (1), (tally())
