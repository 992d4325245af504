COPY orders (id, status) FROM STDIN
