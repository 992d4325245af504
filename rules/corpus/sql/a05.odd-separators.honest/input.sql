SELECT/**/id
	FROM --x
orders
