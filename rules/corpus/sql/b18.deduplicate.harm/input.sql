DELETE FROM orders a USING orders b WHERE a.id < b.id AND a.note = b.note
