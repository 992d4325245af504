/** What object mappers and drivers send, by themselves or for their users. Data only. */

import { ordinary, type Ordinary } from '../statement.ts';

const PRISMA = [
  ...ordinary('Prisma', 'read', {
    findMany: {
      text: 'SELECT "public"."customers"."id", "public"."customers"."name", "public"."customers"."email" FROM "public"."customers" WHERE ("public"."customers"."vip" = $1 AND "public"."customers"."name" LIKE $2) ORDER BY "public"."customers"."id" ASC LIMIT $3 OFFSET $4',
      values: [true, '%1%', 10, 0],
    },
    'a relation loaded by JSON': {
      text: 'SELECT "t0"."id", "t0"."name", "c_reservations"."__prisma_data__" AS "reservations" FROM "public"."customers" AS "t0" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), \'[]\') AS "__prisma_data__" FROM (SELECT "t2"."__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT(\'id\', "t1"."id", \'status\', "t1"."status") AS "__prisma_data__" FROM "public"."reservations" AS "t1" WHERE "t0"."id" = "t1"."customer_id" /* root select */) AS "t2" /* inner select */) AS "t3" /* middle select */) AS "c_reservations" ON TRUE LIMIT $1',
      values: [3],
    },
    aggregate:
      'SELECT COUNT(*), SUM("cents"), AVG("cents") FROM (SELECT "public"."payments"."id", "public"."payments"."cents" FROM "public"."payments" WHERE 1=1 OFFSET 0) AS "sub"',
    'findMany without a filter': {
      text: 'SELECT "public"."tenants"."id" FROM "public"."tenants" WHERE 1=1 LIMIT $1 OFFSET $2',
      values: [5, 0],
    },
    'introspection of tables': `SELECT tbl.relname AS table_name, namespace.nspname as namespace, (tbl.relhassubclass and tbl.relkind = 'p') as is_partition, obj_description(tbl.oid, 'pg_class') AS description FROM pg_class AS tbl INNER JOIN pg_namespace AS namespace ON namespace.oid = tbl.relnamespace WHERE tbl.relkind IN ('r', 'p') AND namespace.nspname = ANY (ARRAY['public']) ORDER BY namespace, table_name`,
    'introspection of constraints': `SELECT conname, pg_get_constraintdef(constr.oid) AS def, constr.condeferrable FROM pg_constraint constr JOIN pg_class AS tbl ON tbl.oid = constr.conrelid JOIN pg_namespace ns ON ns.oid = tbl.relnamespace WHERE ns.nspname = 'public' AND contype NOT IN ('p', 'u', 'f')`,
    'the version':
      'SELECT version(), current_setting($$server_version_num$$)::integer as numeric_version',
    'the schema is there': {
      text: 'SELECT EXISTS(SELECT 1 FROM pg_namespace WHERE nspname = $1), version(), current_setting($$server_version_num$$)::integer as numeric_version',
      values: ['public'],
    },
  }),
  ...ordinary('Prisma', 'write', {
    create: {
      text: 'INSERT INTO "public"."customers" ("tenant_id","name","email") VALUES ($1,$2,$3) RETURNING "public"."customers"."id", "public"."customers"."name"',
      values: [2, 'prisma', 'prisma@example.org'],
    },
    update: {
      text: 'UPDATE "public"."customers" SET "notes" = $1 WHERE ("public"."customers"."id" = $2 AND 1=1) RETURNING "public"."customers"."id"',
      values: ['x', 3],
    },
    delete: {
      text: 'DELETE FROM "public"."payments" WHERE ("public"."payments"."id" = $1 AND 1=1) RETURNING "public"."payments"."id"',
      values: [181],
    },
    upsert: {
      text: 'INSERT INTO "public"."sessions" ("sid","expires") VALUES ($1,$2) ON CONFLICT ("sid") DO UPDATE SET "expires" = $3 WHERE ("public"."sessions"."sid" = $4 AND 1=1) RETURNING "public"."sessions"."sid"',
      values: ['p', '2030-01-01', '2030-01-02', 'p'],
    },
  }),
  ...ordinary('Prisma', 'session', {
    'the migration lock': [
      'SELECT pg_advisory_lock(72707369)',
      'SELECT pg_advisory_unlock(72707369)',
    ],
    'an interactive transaction': ['BEGIN', 'SELECT 1', 'COMMIT'],
    'the search path': 'SET search_path = "public"',
  }),
  ...ordinary('Prisma', 'schema', {
    'its table of migrations': `CREATE TABLE _prisma_migrations ( id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0 );`,
  }),
];

const DRIZZLE = [
  ...ordinary('Drizzle', 'read', {
    select: {
      text: 'select "id", "name", "email" from "customers" where ("customers"."tenant_id" = $1 and "customers"."id" in ($2, $3)) order by "customers"."id" desc limit $4',
      values: [2, 1, 2, 5],
    },
    'a relational query': {
      text: 'select "customers"."id", "customers_reservations"."data" as "reservations" from "customers" "customers" left join lateral (select coalesce(json_agg(json_build_array("customers_reservations"."id", "customers_reservations"."status")), \'[]\'::json) as "data" from "reservations" "customers_reservations" where "customers_reservations"."customer_id" = "customers"."id") "customers_reservations" on true limit $1',
      values: [2],
    },
    'introspection of columns': `SELECT a.attrelid::regclass::text, a.attname, is_nullable, a.attndims as array_dimensions, CASE WHEN a.atttypid = ANY ('{int,int8,int2}'::regtype[]) AND EXISTS (SELECT FROM pg_attrdef ad WHERE ad.adrelid = a.attrelid AND ad.adnum = a.attnum AND pg_get_expr(ad.adbin, ad.adrelid) = 'nextval(''' || (pg_get_serial_sequence(a.attrelid::regclass::text, a.attname))::regclass || '''::regclass)') THEN 'serial' ELSE format_type(a.atttypid, a.atttypmod) END AS data_type FROM pg_attribute a JOIN information_schema.columns ON information_schema.columns.column_name = a.attname AND information_schema.columns.table_name = a.attrelid::regclass::text WHERE a.attrelid = 'customers'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    'its journal': `select id, hash, created_at from (select 1 as id, 'h' as hash, 5 as created_at) as "__drizzle_migrations" order by created_at desc limit 1`,
  }),
  ...ordinary('Drizzle', 'write', {
    'insert several': {
      text: 'insert into "vehicles" ("id", "tenant_id", "plate", "model", "daily_cents", "status", "features") values (default, $1, $2, $3, $4, default, default), (default, $5, $6, $7, $8, default, default) returning "id"',
      values: [1, 'D-1', 'm', 10, 1, 'D-2', 'm', 20],
    },
    update: {
      text: 'update "vehicles" set "status" = $1, "daily_cents" = "vehicles"."daily_cents" + 1 where "vehicles"."id" = $2',
      values: ['repair', 5],
    },
    'delete with and': {
      text: 'delete from "payments" where ("payments"."id" = $1 and "payments"."cents" < $2)',
      values: [182, 0],
    },
  }),
  ...ordinary('Drizzle', 'schema', {
    'its schema and journal': [
      'CREATE SCHEMA IF NOT EXISTS "drizzle"',
      'CREATE TABLE IF NOT EXISTS "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)',
    ],
  }),
];

const TYPEORM = [
  ...ordinary('TypeORM', 'read', {
    'start-up': [
      'SELECT version()',
      'SELECT * FROM current_schema()',
      `SELECT "n"."nspname", "t"."typname" FROM "pg_type" "t" INNER JOIN "pg_namespace" "n" ON "n"."oid" = "t"."typnamespace" WHERE "n"."nspname" = current_schema() AND "t"."typname" = 'x'`,
    ],
    'find with a join': {
      text: 'SELECT "r"."id" AS "r_id", "c"."name" AS "c_name" FROM "reservations" "r" LEFT JOIN "customers" "c" ON "c"."id"="r"."customer_id" WHERE ( "r"."status" = $1 ) AND ( "r"."id" IN ($2, $3) ) ORDER BY "r"."id" ASC LIMIT 10',
      values: ['open', 1, 2],
    },
    'the two-step page':
      'SELECT DISTINCT "distinctAlias"."c_id" AS "ids_c_id" FROM (SELECT "c"."id" AS "c_id", "r"."id" AS "r_id" FROM "customers" "c" LEFT JOIN "reservations" "r" ON "r"."customer_id"="c"."id") "distinctAlias" ORDER BY "c_id" ASC LIMIT 5',
    indices: `SELECT "ns"."nspname" AS "table_schema", "t"."relname" AS "table_name", "i"."relname" AS "constraint_name", "a"."attname" AS "column_name", CASE "ix"."indisunique" WHEN 't' THEN 'TRUE' ELSE 'FALSE' END AS "is_unique", pg_get_expr("ix"."indpred", "ix"."indrelid") AS "condition" FROM "pg_class" "t" INNER JOIN "pg_index" "ix" ON "ix"."indrelid" = "t"."oid" INNER JOIN "pg_attribute" "a" ON "a"."attrelid" = "t"."oid" AND "a"."attnum" = ANY ("ix"."indkey") INNER JOIN "pg_namespace" "ns" ON "ns"."oid" = "t"."relnamespace" INNER JOIN "pg_class" "i" ON "i"."oid" = "ix"."indexrelid" LEFT JOIN "pg_constraint" "cnst" ON "cnst"."conname" = "i"."relname" WHERE "t"."relkind" IN ('r', 'p') AND "cnst"."contype" IS NULL AND ns.nspname = 'public'`,
  }),
  ...ordinary('TypeORM', 'write', {
    'save in a transaction': [
      'START TRANSACTION',
      {
        text: 'INSERT INTO "customers"("tenant_id", "name", "email") VALUES ($1, $2, $3) RETURNING "created_at", "id"',
        values: [1, 'typeorm', 'to@example.org'],
      },
      'COMMIT',
    ],
    'update by key': {
      text: 'UPDATE "customers" SET "notes" = $1 WHERE "id" IN ($2)',
      values: ['t', 8],
    },
  }),
];

const SEQUELIZE = [
  ...ordinary('Sequelize', 'session', {
    'start-up': `SET standard_conforming_strings=on;SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;`,
    'a transaction': [
      'START TRANSACTION;',
      'SET TRANSACTION ISOLATION LEVEL READ COMMITTED;',
      'SELECT 1',
      'COMMIT;',
    ],
  }),
  ...ordinary('Sequelize', 'read', {
    'the server version': 'SHOW SERVER_VERSION',
    types: `SELECT typname, typtype, oid, typarray FROM pg_type WHERE (typtype = 'b' AND typname IN ('hstore', 'geometry', 'geography')) OR (typtype = 'e')`,
    findAndCountAll: [
      `SELECT count("id") AS "count" FROM "customers" AS "Customer" WHERE "Customer"."vip" = true;`,
      `SELECT "id", "name" FROM "customers" AS "Customer" WHERE "Customer"."vip" = true ORDER BY "Customer"."id" LIMIT 5;`,
    ],
    indices: `SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, ix.indkey AS indkey, array_agg(a.attnum) as column_indexes, array_agg(a.attname) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'customers' GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique, ix.indkey ORDER BY i.relname;`,
    'all tables': `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE '%TABLE' AND table_name != 'spatial_ref_sys';`,
  }),
  ...ordinary('Sequelize', 'write', {
    'bulkCreate that updates': `INSERT INTO "sessions" ("sid","expires") VALUES ('q1','2030-01-01'),('q2','2030-01-01') ON CONFLICT ("sid") DO UPDATE SET "expires"=EXCLUDED."expires" RETURNING "sid";`,
    'destroy by key': `DELETE FROM "payments" WHERE "id" = 183`,
  }),
  ...ordinary('Sequelize', 'schema', {
    sync: `CREATE TABLE IF NOT EXISTS "Pictures" ("id" SERIAL, "url" VARCHAR(255), "vehicleId" INTEGER REFERENCES "vehicles" ("id") ON DELETE SET NULL ON UPDATE CASCADE, "createdAt" TIMESTAMP WITH TIME ZONE NOT NULL, PRIMARY KEY ("id"));`,
  }),
];

const KNEX = [
  ...ordinary('Knex', 'read', {
    first: {
      text: 'select * from "customers" where "email" = $1 limit $2',
      values: ['c3@example.org', 1],
    },
    'the migrations are there': {
      text: 'select * from information_schema.tables where table_name = $1 and table_schema = current_schema()',
      values: ['knex_migrations'],
    },
    'column info': {
      text: 'select * from information_schema.columns where table_name = $1 and table_catalog = current_database() and table_schema = current_schema()',
      values: ['customers'],
    },
  }),
  ...ordinary('Knex', 'write', {
    insert: {
      text: 'insert into "audit_trail" ("what") values ($1), ($2) returning "id"',
      values: ['a', 'b'],
    },
    'a nested transaction': [
      'BEGIN;',
      'SAVEPOINT trx2;',
      { text: 'update "customers" set "notes" = $1 where "id" = $2', values: ['k', 1] },
      'RELEASE trx2;',
      'COMMIT;',
    ],
  }),
  ...ordinary('Knex', 'schema', {
    'migration lock': [
      'create table if not exists "knex_migrations_lock" ("index" serial primary key, "is_locked" integer)',
      { text: 'insert into "knex_migrations_lock" ("is_locked") values ($1)', values: [0] },
      {
        text: 'update "knex_migrations_lock" set "is_locked" = $1 where "is_locked" = $2',
        values: [1, 0],
      },
    ],
  }),
];

const RAILS = [
  ...ordinary('Rails', 'session', {
    'start-up': [
      'SET client_min_messages TO $$warning$$',
      'SET standard_conforming_strings = on',
      `SET intervalstyle = iso_8601`,
      `SET SESSION timezone TO 'UTC'`,
    ],
    'prepared statements': ['PREPARE a1 AS SELECT 1', 'DEALLOCATE a1'],
    'the lock of a migration': [
      'SELECT pg_try_advisory_lock(2053462845)',
      'SELECT pg_advisory_unlock(2053462845)',
    ],
  }),
  ...ordinary('Rails', 'read', {
    types: `SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype FROM pg_type as t LEFT JOIN pg_range as r ON oid = rngtypid WHERE t.typname IN ('int2', 'int4', 'text') OR t.typtype IN ('r', 'e', 'd') OR t.typinput = 'array_in(cstring,oid,integer)'::regprocedure OR t.typelem != 0`,
    columns: `SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod, c.collname, col_description(a.attrelid, a.attnum) AS comment, attidentity AS identity, attgenerated as attgenerated FROM pg_attribute a LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum LEFT JOIN pg_type t ON a.atttypid = t.oid LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation WHERE a.attrelid = '"customers"'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    'primary keys': `SELECT a.attname FROM ( SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx FROM pg_index WHERE indrelid = '"customers"'::regclass AND indisprimary ) i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[i.idx] ORDER BY i.idx`,
    find: {
      text: 'SELECT "customers".* FROM "customers" WHERE "customers"."id" = $1 LIMIT $2',
      values: [1, 1],
    },
    exists: {
      text: 'SELECT 1 AS one FROM "customers" WHERE "customers"."email" = $1 LIMIT $2',
      values: ['c1@example.org', 1],
    },
    includes: {
      text: 'SELECT "reservations".* FROM "reservations" WHERE "reservations"."customer_id" IN ($1, $2, $3)',
      values: [1, 2, 3],
    },
    'relation kinds': `SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'schema_migrations' AND c.relkind IN ('r','v','m','p','f')`,
    'max identifier length': 'SHOW max_identifier_length',
  }),
  ...ordinary('Rails', 'write', {
    save: [
      'BEGIN',
      { text: 'INSERT INTO "audit_trail" ("what") VALUES ($1) RETURNING "id"', values: ['rails'] },
      'COMMIT',
    ],
    touch: {
      text: 'UPDATE "customers" SET "created_at" = $1 WHERE "customers"."id" = $2',
      values: ['2025-01-02', 6],
    },
    delete_by: { text: 'DELETE FROM "sessions" WHERE "sessions"."sid" = $1', values: ['nobody'] },
  }),
  ...ordinary('Rails', 'schema', {
    schema_migrations: [
      'CREATE TABLE "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY)',
      'CREATE TABLE "ar_internal_metadata" ("key" character varying NOT NULL PRIMARY KEY, "value" character varying, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL)',
    ],
  }),
];

const DJANGO = [
  ...ordinary('Django', 'session', {
    'start-up': [
      `SELECT set_config('TimeZone', 'UTC', false)`,
      `SELECT set_config('TimeZone', $$UTC$$, false)`,
    ],
    atomic: ['BEGIN', 'SAVEPOINT "s140_x1"', 'SELECT 1', 'RELEASE SAVEPOINT "s140_x1"', 'COMMIT'],
    'a server-side cursor': [
      'BEGIN',
      'DECLARE "_django_curs_1" NO SCROLL CURSOR WITHOUT HOLD FOR SELECT id FROM customers',
      'FETCH FORWARD 100 FROM "_django_curs_1"',
      'CLOSE "_django_curs_1"',
      'COMMIT',
    ],
    'immediate constraints': [
      'BEGIN',
      'SET CONSTRAINTS ALL IMMEDIATE',
      'SET CONSTRAINTS ALL DEFERRED',
      'COMMIT',
    ],
  }),
  ...ordinary('Django', 'read', {
    tables: `SELECT c.relname, CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END, obj_description(c.oid, 'pg_class') FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND n.nspname NOT IN ('pg_catalog', 'pg_toast') AND pg_catalog.pg_table_is_visible(c.oid)`,
    annotate:
      'SELECT "customers"."id", COUNT("reservations"."id") AS "n" FROM "customers" LEFT OUTER JOIN "reservations" ON ("customers"."id" = "reservations"."customer_id") GROUP BY "customers"."id" HAVING COUNT("reservations"."id") > 1 ORDER BY "n" DESC LIMIT 21',
    exists: 'SELECT 1 AS "a" FROM "customers" WHERE "customers"."email" = $$x$$ LIMIT 1',
    constraints: `SELECT c.conname, array( SELECT attname FROM unnest(c.conkey) WITH ORDINALITY cols(colid, arridx) JOIN pg_attribute AS ca ON cols.colid = ca.attnum WHERE ca.attrelid = c.conrelid ORDER BY cols.arridx ), c.contype, (SELECT fkc.relname || '.' || fka.attname FROM pg_attribute AS fka JOIN pg_class AS fkc ON fka.attrelid = fkc.oid WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]), cl.reloptions FROM pg_constraint AS c JOIN pg_class AS cl ON c.conrelid = cl.oid WHERE cl.relname = 'customers' AND pg_catalog.pg_table_is_visible(cl.oid)`,
  }),
  ...ordinary('Django', 'write', {
    save: 'UPDATE "customers" SET "name" = $$d$$, "vip" = false WHERE "customers"."id" = 11',
    'delete of a collected list': 'DELETE FROM "payments" WHERE "payments"."id" IN (184, 185)',
    get_or_create: [
      'BEGIN',
      'SAVEPOINT "s1"',
      `INSERT INTO "sessions" ("sid", "data", "expires") VALUES ('dj', '{}', '2031-01-01')`,
      'RELEASE SAVEPOINT "s1"',
      'COMMIT',
    ],
  }),
  ...ordinary('Django', 'schema', {
    migrations: [
      'CREATE TABLE "django_migrations" ("id" bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" timestamp with time zone NOT NULL)',
      `INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('shop', '0001_initial', now()) RETURNING "django_migrations"."id"`,
    ],
  }),
];

const SQLALCHEMY = [
  ...ordinary('SQLAlchemy', 'read', {
    'start-up': [
      'select pg_catalog.version()',
      'select current_schema()',
      'show standard_conforming_strings',
      'show transaction isolation level',
    ],
    has_table: {
      text: `SELECT pg_catalog.pg_class.relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_catalog.pg_namespace.oid = pg_catalog.pg_class.relnamespace WHERE pg_catalog.pg_class.relname = $1::VARCHAR AND pg_catalog.pg_class.relkind = ANY (ARRAY[$2::VARCHAR, $3::VARCHAR]) AND pg_catalog.pg_table_is_visible(pg_catalog.pg_class.oid) AND pg_catalog.pg_namespace.nspname != $4::VARCHAR`,
      values: ['customers', 'r', 'p', 'pg_catalog'],
    },
    columns: `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) AS DEFAULT, a.attnotnull, pgd.description as comment, (SELECT json_build_object('always', a.attidentity = 'a', 'start', s.seqstart) FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c on s.seqrelid = c."oid" WHERE c.relkind = 'S' AND a.attidentity <> '' AND s.seqrelid = pg_catalog.pg_get_serial_sequence(a.attrelid::regclass::text, a.attname)::regclass::oid) as identity_options FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_description pgd ON (pgd.objoid = a.attrelid AND pgd.objsubid = a.attnum) WHERE a.attrelid = 'customers'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    'the hstore check': `SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'`,
    select: {
      text: 'SELECT customers.id, customers.name FROM customers WHERE customers.tenant_id = $1::INTEGER ORDER BY customers.id LIMIT $2::INTEGER',
      values: [1, 3],
    },
  }),
  ...ordinary('SQLAlchemy', 'write', {
    insertmanyvalues: {
      text: 'INSERT INTO audit_trail (what) SELECT p0::VARCHAR FROM (VALUES ($1, 0), ($2, 1)) AS imp_sen(p0, sen_counter) ORDER BY sen_counter RETURNING audit_trail.id, audit_trail.id AS id__1',
      values: ['a', 'b'],
    },
    flush: [
      'BEGIN',
      {
        text: 'UPDATE customers SET notes=$1::VARCHAR WHERE customers.id = $2::INTEGER',
        values: ['sa', 12],
      },
      'COMMIT',
    ],
  }),
  ...ordinary('Alembic', 'schema', {
    'its version': [
      `CREATE TABLE alembic_version ( version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num) )`,
      `INSERT INTO alembic_version (version_num) VALUES ('ae1')`,
      `UPDATE alembic_version SET version_num='ae2' WHERE alembic_version.version_num = 'ae1'`,
    ],
  }),
];

const JDBC = [
  ...ordinary('JDBC and its pools', 'session', {
    'start-up': ['SET extra_float_digits = 3', `SET application_name = 'PostgreSQL JDBC Driver'`],
    HikariCP: [
      'SELECT 1',
      'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED',
      'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
    ],
    Npgsql: ['BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED', 'ROLLBACK', 'UNLISTEN *'],
  }),
  ...ordinary('JDBC and its pools', 'read', {
    getTables: `SELECT current_database() AS TABLE_CAT, n.nspname AS TABLE_SCHEM, c.relname AS TABLE_NAME, CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema' WHEN true THEN 'SYSTEM TABLE' ELSE 'TABLE' END AS TABLE_TYPE, d.description AS REMARKS FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0 and d.classoid = 'pg_class'::regclass) WHERE c.relnamespace = n.oid AND c.relname LIKE 'cust%' AND (false OR ( c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ) ) ORDER BY TABLE_TYPE,TABLE_SCHEM,TABLE_NAME`,
    getPrimaryKeys: `SELECT NULL AS TABLE_CAT, n.nspname AS TABLE_SCHEM, ct.relname AS TABLE_NAME, a.attname AS COLUMN_NAME, (information_schema._pg_expandarray(i.indkey)).n AS KEY_SEQ, ci.relname AS PK_NAME FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_attribute a ON (ct.oid = a.attrelid) JOIN pg_catalog.pg_namespace n ON (ct.relnamespace = n.oid) JOIN pg_catalog.pg_index i ON ( a.attrelid = i.indrelid) JOIN pg_catalog.pg_class ci ON (ci.oid = i.indexrelid) WHERE true AND ct.relname = 'customers' AND i.indisprimary`,
    'type info': `SELECT typinput='pg_catalog.array_in'::regproc as is_array, typtype, typname, pg_type.oid FROM pg_catalog.pg_type LEFT JOIN (select ns.oid as nspoid, ns.nspname, r.r from pg_namespace as ns join ( select s.r, (current_schemas(false))[s.r] as nspname from generate_series(1, array_upper(current_schemas(false), 1)) as s(r) ) as r using ( nspname ) ) as sp ON sp.nspoid = typnamespace WHERE typname = 'vehicle_status' ORDER BY sp.r, pg_type.oid DESC`,
    'Npgsql types': `SELECT ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid FROM ( SELECT typ.oid, typ.typnamespace, typ.typname, typ.typtype, typ.typrelid, typ.typnotnull, typ.relkind, elemtyp.oid AS elemtypoid FROM ( SELECT typ.oid, typnamespace, typname, typrelid, typnotnull, relkind, typelem AS elemoid, CASE WHEN proc.proname='array_recv' THEN 'a' ELSE typ.typtype END AS typtype FROM pg_type AS typ LEFT JOIN pg_class AS cls ON (cls.oid = typ.typrelid) LEFT JOIN pg_proc AS proc ON proc.oid = typ.typreceive ) AS typ LEFT JOIN pg_type AS elemtyp ON elemtyp.oid = typ.elemoid ) AS t JOIN pg_namespace AS ns ON (ns.oid = typnamespace) WHERE typtype IN ('b', 'r', 'm', 'e', 'd') ORDER BY t.oid LIMIT 50`,
    Hibernate: {
      text: 'select c1_0.id,c1_0.name,r1_0.id from customers c1_0 left join reservations r1_0 on c1_0.id=r1_0.customer_id where c1_0.id=$1 fetch first $2 rows only',
      values: [1, 10],
    },
    'Hibernate sequences': 'select * from information_schema.sequences',
  }),
  ...ordinary('Hibernate', 'write', {
    'a version column': {
      text: 'update customers set name=$1,notes=$2 where id=$3 and vip=$4',
      values: ['h', null, 14, false],
    },
    'the next id': [`select nextval('customers_id_seq')`],
  }),
];

export const OBJECT_MAPPERS: readonly Ordinary[] = [
  ...PRISMA,
  ...DRIZZLE,
  ...TYPEORM,
  ...SEQUELIZE,
  ...KNEX,
  ...RAILS,
  ...DJANGO,
  ...SQLALCHEMY,
  ...JDBC,
];
