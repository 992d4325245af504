SET client_encoding = 'SJIS'; SET NAMES 'GBK'; SELECT set_config('client_encoding', 'BIG5', false)
