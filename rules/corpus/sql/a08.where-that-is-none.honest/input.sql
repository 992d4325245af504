DELETE FROM orders
  WHERE -- nothing here
  id = 1
