COMMENT ON TABLE orders IS 'what people bought'; ANALYZE orders
