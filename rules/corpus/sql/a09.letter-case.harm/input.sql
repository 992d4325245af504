drop table orders; DeLeTe FrOm orders
