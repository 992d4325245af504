SELECT nextval('orders_id_seq'), currval('orders_id_seq')
