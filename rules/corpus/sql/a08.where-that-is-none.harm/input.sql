DELETE FROM orders /* WHERE id = 1 */; DELETE FROM orders AS "where"; UPDATE orders SET note = 'x' RETURNING 'WHERE id = 1'
