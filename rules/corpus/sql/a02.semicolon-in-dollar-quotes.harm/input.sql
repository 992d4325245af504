SELECT $a$ $$ ; $$ $a$; DELETE FROM orders
