sElEcT * fRoM orders
