SELECT o.wipe FROM orders o; SELECT (o).wipe FROM orders o
