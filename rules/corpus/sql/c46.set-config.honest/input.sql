SELECT set_config('app.tenant', '42', true), set_config('statement_timeout', '5s', true), set_config('app.user', note, true) FROM orders
