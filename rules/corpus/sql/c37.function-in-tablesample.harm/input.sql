SELECT * FROM orders TABLESAMPLE bernoulli (purge())
