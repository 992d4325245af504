SELECT lo_unlink(1); SELECT lo_export(1, '/tmp/x'); SELECT lo_import('/etc/passwd'); SELECT lo_put(1, 0, 'x')
