SELECT 1 FROM orders WHERE tally() = 1
