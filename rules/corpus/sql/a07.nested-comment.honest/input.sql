/* a /* DROP TABLE orders */ c */ SELECT '--'
