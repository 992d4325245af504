SELECT JSON_OBJECT('a': tally())
