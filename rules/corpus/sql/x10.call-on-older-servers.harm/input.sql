SELECT json_value('{}', '$.a'); SELECT json_object('a', 'b')
