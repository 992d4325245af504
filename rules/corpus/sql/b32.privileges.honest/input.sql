SELECT has_table_privilege('orders', 'select')
