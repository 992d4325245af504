DROP/**/TABLE
	orders; DROP --x
TABLE customers
