SELECT wrapped()
