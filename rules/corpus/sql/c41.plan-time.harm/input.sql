EXPLAIN SELECT purge(); EXPLAIN SELECT nobody_knows_this()
