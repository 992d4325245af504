CREATE FOREIGN TABLE ran (line text) SERVER files OPTIONS (program 'curl example.org'); ALTER FOREIGN TABLE far OPTIONS (SET filename '/etc/passwd')
