SELECT o.status, (o).note FROM orders o
