SELECT 'a'::spark::interval
