LOCK TABLE orders; VACUUM FULL orders; CREATE INDEX ON orders (status); CLUSTER orders; REINDEX TABLE orders; NOTIFY channel, 'secret'
