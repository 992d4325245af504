UPDATE orders SET status = o.status FROM orders o WHERE o.id = orders.id
