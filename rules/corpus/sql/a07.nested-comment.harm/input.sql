/* a /* b */ c */ DELETE FROM orders; SELECT '--';
DROP TABLE orders;
