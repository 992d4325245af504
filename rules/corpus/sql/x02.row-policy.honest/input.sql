SELECT * FROM filtered
