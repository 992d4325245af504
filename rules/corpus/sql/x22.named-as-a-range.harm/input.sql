SELECT price_range(1, 2)
