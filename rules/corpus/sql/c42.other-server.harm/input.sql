SELECT * FROM dblink('dbname=shop password=hunter2', 'DELETE FROM orders') AS t(x int4); SELECT dblink_exec('DROP TABLE orders'); SELECT hop(); DELETE FROM far_away WHERE id = 1
