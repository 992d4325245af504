SELECT sum(id) OVER (ORDER BY purge()) FROM orders
