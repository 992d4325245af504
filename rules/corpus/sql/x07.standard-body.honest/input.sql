SELECT modern(), shorter()
