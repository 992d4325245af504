SELECT * FROM open_orders
