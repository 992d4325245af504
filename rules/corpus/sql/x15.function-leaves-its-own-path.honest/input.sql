SELECT outer_one()
