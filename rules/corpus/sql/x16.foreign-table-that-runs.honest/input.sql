SELECT * FROM far; CREATE FOREIGN TABLE away (line text) SERVER other OPTIONS (table_name 'lines')
