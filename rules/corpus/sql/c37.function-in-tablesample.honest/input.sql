SELECT * FROM orders TABLESAMPLE bernoulli (tally())
