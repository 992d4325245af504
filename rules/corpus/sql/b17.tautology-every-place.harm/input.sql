DELETE FROM orders WHERE ctid >= '(0,0)'
