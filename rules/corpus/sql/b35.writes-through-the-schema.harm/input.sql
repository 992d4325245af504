INSERT INTO watched VALUES (1, 'a'); INSERT INTO ruled VALUES (1); INSERT INTO defaulted (id) VALUES (1); INSERT INTO checked VALUES (1); DELETE FROM open_orders
