DELETE FROM orders WHERE EXISTS (SELECT 1 FROM staging s WHERE s.id = orders.id AND s.status = 'gone')
