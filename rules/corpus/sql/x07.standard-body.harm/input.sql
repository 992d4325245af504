SELECT modern()
