UPDATE orders SET note = 'x' WHERE note IS NOT NULL
