SELECT * FROM far_away
