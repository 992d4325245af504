INSERT INTO noted VALUES (1, 'a'); UPDATE open_orders SET note = 'x' WHERE id = 1; DELETE FROM noted WHERE id = 1
