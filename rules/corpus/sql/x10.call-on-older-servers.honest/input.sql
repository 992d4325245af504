SELECT json_query('{}', '$.a'); SELECT json_scalar(1)
