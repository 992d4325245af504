SELECT opened('c')
