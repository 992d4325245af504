SELECT query_to_xml('SELECT status FROM orders', true, true, '')
