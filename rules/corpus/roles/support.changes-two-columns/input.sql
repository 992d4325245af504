UPDATE reservations SET notes = 'x', status = 'open' WHERE id = 1

UPDATE public.reservations r SET notes = v.plate FROM vehicles v WHERE r.id = v.id AND v.id = 1

SELECT * FROM reservations WHERE id = 1 FOR UPDATE

SELECT * FROM customers
