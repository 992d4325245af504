SELECT * FROM U&"\006f\0072ders" WHERE "id" = 1
