UPDATE staging SET id = tally() WHERE id = 1
