SELECT ARRAY[tally()]
