UPDATE reservations SET price = 0 WHERE id = 1

UPDATE reservations SET notes = 'x', tenant_id = 'other' WHERE id = 1

UPDATE reservations SET (notes, price) = ('x', 0) WHERE id = 1

UPDATE customers SET email = 'x' WHERE id = 1

UPDATE vehicles SET plate = 'x' WHERE id = 1

INSERT INTO reservations (notes) VALUES ('x')

INSERT INTO reservations (id, notes) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET notes = 'x'

UPDATE open_reservations SET id = 2 WHERE id = 1

SELECT * FROM customers FOR UPDATE
