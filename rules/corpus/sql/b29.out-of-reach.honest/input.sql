ALTER TABLE orders ADD COLUMN color text; CREATE VIEW fresh AS SELECT id FROM orders
