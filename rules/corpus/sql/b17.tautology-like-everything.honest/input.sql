UPDATE orders SET status = 'a' WHERE status LIKE 'b%' AND created_at < now() - interval '30 days'
