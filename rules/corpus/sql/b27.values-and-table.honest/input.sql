VALUES (tally()); TABLE orders
