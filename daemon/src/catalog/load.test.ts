import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatalogRelation, CatalogSnapshot } from '@agentguard/rules';
import { UNREADABLE_DEFINITION } from './families/family.ts';
import { loadCatalog, loadWhatIsReadable } from './load.ts';
import {
  binariesOf,
  SERVER_TEST,
  startTestServer,
  TEST_MAJORS,
  type TestServer,
  type TestSession,
} from './test-server.ts';

/** Every kind of object, under names that want to be misread. */
const SCHEMA = `
  CREATE SCHEMA "Odd.Schema";
  CREATE SCHEMA app;
  CREATE FUNCTION app.length(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 7; END';
  CREATE FUNCTION app."Check.It"(int, note text DEFAULT app.length('x')::text, VARIADIC rest int[] DEFAULT '{}')
    RETURNS bool LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS 'BEGIN RETURN $1 > 0; END';
  CREATE FUNCTION app.near(int, int) RETURNS bool LANGUAGE sql IMMUTABLE RETURN abs($1 - $2) < 3;
  CREATE OPERATOR app.~~~ (FUNCTION = app.near, LEFTARG = int, RIGHTARG = int, COMMUTATOR = OPERATOR(app.~~~));
  CREATE OPERATOR app.## (FUNCTION = pg_catalog.lo_unlink, RIGHTARG = oid);
  CREATE DOMAIN app.positive AS int DEFAULT 1 CHECK (app."Check.It"(VALUE));
  CREATE TYPE app.mood AS ENUM ('calm', 'hurried');
  CREATE FUNCTION app.to_mood(int) RETURNS app.mood LANGUAGE sql AS 'SELECT ''calm''::app.mood';
  CREATE CAST (int AS app.mood) WITH FUNCTION app.to_mood(int) AS ASSIGNMENT;
  CREATE FUNCTION app.gap(int, int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT ($1 - $2)::float8';
  CREATE TYPE app.span AS RANGE (subtype = int, subtype_diff = app.gap);
  CREATE AGGREGATE app.longest(int) (sfunc = int4larger, stype = int);

  CREATE TABLE app.users (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "Mixed ""Name""" text NOT NULL DEFAULT app.length('abc')::text,
    "select" app.positive,
    double int GENERATED ALWAYS AS (id * 2) STORED,
    gone int,
    CHECK (app."Check.It"("select"))
  );
  ALTER TABLE app.users DROP COLUMN gone;
  ALTER TABLE app.users ADD CONSTRAINT later CHECK (app.length("Mixed ""Name""") > 1) NOT VALID;
  CREATE INDEX ON app.users (app.length("Mixed ""Name"""), id) WHERE id OPERATOR(app.~~~) 4;
  CREATE TABLE "Odd.Schema"."Order" (
    user_id int CONSTRAINT owner REFERENCES app.users ON DELETE CASCADE ON UPDATE SET NULL,
    during int4range,
    EXCLUDE USING gist (during WITH &&)
  );
  CREATE VIEW "Odd.Schema"."V.1" AS
    SELECT app.length(u."Mixed ""Name""") AS length, pg_catalog.length('x') AS plain, u.id OPERATOR(app.~~~) 2 AS near
    FROM app.users u JOIN "Odd.Schema"."Order" ON user_id = u.id;
  CREATE MATERIALIZED VIEW app.totals AS SELECT count(*) FROM app.users;
  CREATE FUNCTION app.on_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER "WHEN (x" BEFORE UPDATE OF id ON app.users FOR EACH ROW
    WHEN (OLD."Mixed ""Name""" <> ') EXECUTE FUNCTION (''' AND app.length(NEW."Mixed ""Name""") > 2)
    EXECUTE FUNCTION app.on_write(' WHEN (no)');
  CREATE TRIGGER quiet AFTER DELETE OR TRUNCATE ON app.users EXECUTE FUNCTION app.on_write();
  ALTER TABLE app.users DISABLE TRIGGER quiet;
  CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON app.users DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION app.on_write();
  CREATE TRIGGER builtin BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
  CREATE TRIGGER through INSTEAD OF DELETE ON "Odd.Schema"."V.1" FOR EACH ROW EXECUTE FUNCTION app.on_write();
  CREATE RULE swallow AS ON DELETE TO "Odd.Schema"."Order" DO ALSO UPDATE app.users SET "select" = 1 WHERE id = OLD.user_id;
  ALTER TABLE app.users ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON app.users FOR UPDATE USING (app."Check.It"(id)) WITH CHECK (id IN (SELECT user_id FROM "Odd.Schema"."Order"));
  CREATE TABLE app.parts (id int, at int) PARTITION BY RANGE (app.length(at::text));
  CREATE TABLE app.part_1 PARTITION OF app.parts FOR VALUES FROM (1) TO (2);
  CREATE TRIGGER each BEFORE INSERT ON app.parts FOR EACH ROW EXECUTE FUNCTION app.on_write();
  CREATE PROCEDURE app.run(INOUT a int, OUT b text) LANGUAGE sql BEGIN ATOMIC
    DELETE FROM app.users; SELECT 1, 'x'; END;
  CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE EVENT TRIGGER watch ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION app.on_ddl();
  CREATE ROLE plain LOGIN;
  ALTER ROLE plain SET search_path = "$user", "Odd.Schema", APP;
`;

for (const major of TEST_MAJORS) {
  const present = binariesOf(major) !== undefined;
  if (!present)
    console.warn(`SKIPPED: the catalog is not tested on PostgreSQL ${major}, it is not installed`);

  describe.skipIf(!present)(
    `the catalog of PostgreSQL ${major}${present ? '' : ' (NOT TESTED: not installed)'}`,
    SERVER_TEST,
    () => {
      let server: TestServer;
      let session: TestSession;
      let catalog: CatalogSnapshot;

      beforeAll(async () => {
        server = await startTestServer(major);
        session = await server.connect();
        await session.script(SCHEMA);
        catalog = await loadCatalog(session.query);
      }, 60_000);

      afterAll(async () => {
        await session.end();
        await server.stop();
      });

      function relation(schema: string, name: string): CatalogRelation {
        return catalog.relations.find((one) => one.schema === schema && one.name === name)!;
      }

      function functionOid(name: string): string {
        return catalog.functions.find((one) => one.name === name)!.oid;
      }

      function typeOid(name: string): string {
        return catalog.types.find((one) => one.name === name)!.oid;
      }

      it('says who is logged in, where, and on which version', () => {
        expect(catalog).toMatchObject({ database: 'postgres', user: 'postgres', superuser: true });
        expect(Math.floor(catalog.serverVersion / 10_000)).toBe(major);
        expect(catalog.searchPath).toEqual(['postgres', 'public']);
      });

      it('gives the search path that a fresh session of the role would have', async () => {
        const plain = await server.connect('postgres', 'plain');
        const loaded = await loadCatalog(plain.query);
        expect(loaded).toMatchObject({ user: 'plain', superuser: false });
        expect(loaded.searchPath).toEqual(['plain', 'Odd.Schema', 'app']);
        await session.script('ALTER ROLE plain IN DATABASE postgres SET search_path = app');
        expect((await loadCatalog(plain.query)).searchPath).toEqual(['app']);
        await session.script('ALTER ROLE plain IN DATABASE postgres RESET search_path');
        await session.script('ALTER ROLE plain RESET search_path');
        expect((await loadCatalog(plain.query)).searchPath).toEqual(['plain', 'public']);
        await plain.end();
      });

      it('lists columns with defaults and generated values, dropped ones left out', () => {
        expect(relation('app', 'users').columns).toEqual([
          {
            name: 'id',
            type: '23',
            notNull: true,
            defaultText: null,
            generated: false,
            number: 1,
          },
          {
            name: 'Mixed "Name"',
            type: '25',
            notNull: true,
            defaultText: "(app.length('abc'::text))::text",
            generated: false,
            number: 2,
          },
          {
            name: 'select',
            type: typeOid('positive'),
            notNull: false,
            defaultText: null,
            generated: false,
            number: 3,
          },
          {
            name: 'double',
            type: '23',
            notNull: false,
            defaultText: '(id * 2)',
            generated: true,
            number: 4,
          },
        ]);
      });

      it('lists what runs on a write, with user names qualified and a user function told from a built-in', () => {
        expect(relation('app', 'users').writeExpressions.toSorted()).toEqual([
          '(app.length("Mixed ""Name""") > 1)',
          '(id OPERATOR(app.~~~) 4)',
          'app."Check.It"(("select")::integer)',
          'app.length("Mixed ""Name""")',
        ]);
        expect(relation('Odd.Schema', 'Order').writeExpressions).toEqual([
          'during OPERATOR(pg_catalog.&&) during',
        ]);
        expect(relation('app', 'parts').writeExpressions).toEqual(['app.length((at)::text)']);
      });

      it('gives views with every name that is not of pg_catalog qualified', () => {
        const text = relation('Odd.Schema', 'V.1').viewDefinition?.replaceAll(/\s+/gu, ' ').trim();
        expect(text).toBe(
          'SELECT app.length(u."Mixed ""Name""") AS length, length(\'x\'::text) AS plain, ' +
            '(u.id OPERATOR(app.~~~) 2) AS near FROM (app.users u JOIN "Odd.Schema"."Order" ON (("Order".user_id = u.id)));',
        );
        expect(relation('app', 'totals')).toMatchObject({ kind: 'materialized view' });
        expect(relation('app', 'totals').viewDefinition).toContain('FROM app.users');
      });

      it('lists triggers with their condition, and leaves foreign keys to themselves', () => {
        const [atCommit, quiet, when] = ['at_commit', 'quiet', 'WHEN (x'].map((name) =>
          relation('app', 'users').triggers.find((one) => one.name === name),
        );
        expect(atCommit).toMatchObject({
          events: ['insert'],
          deferred: true,
          enabled: true,
          whenText: null,
        });
        expect(quiet).toMatchObject({
          events: ['delete', 'truncate'],
          enabled: false,
          deferred: false,
        });
        expect(when).toMatchObject({
          events: ['update'],
          function: functionOid('on_write'),
          whenText: `((old."Mixed ""Name""" <> ') EXECUTE FUNCTION ('''::text) AND (app.length(new."Mixed ""Name""") > 2))`,
        });
        expect(relation('app', 'users').triggers).toHaveLength(4);
        expect(relation('Odd.Schema', 'Order').triggers).toEqual([]);
        expect(relation('Odd.Schema', 'V.1').triggers).toMatchObject([
          { name: 'through', events: ['delete'] },
        ]);
        expect(relation('app', 'part_1').triggers).toMatchObject([{ name: 'each' }]);
      });

      it('lists rules without those that make a view, and policies', () => {
        expect(relation('Odd.Schema', 'V.1').rules).toEqual([]);
        const [rule] = relation('Odd.Schema', 'Order').rules;
        expect(rule).toMatchObject({ name: 'swallow', event: 'delete', enabled: true });
        expect(rule?.definition).toContain('UPDATE app.users SET "select"');
        expect(relation('app', 'users')).toMatchObject({
          rowSecurity: true,
          policies: [{ name: 'own', command: 'update', usingText: 'app."Check.It"(id)' }],
        });
        expect(relation('app', 'users').policies[0]?.checkText).toContain(
          'FROM "Odd.Schema"."Order"',
        );
      });

      it('lists foreign keys at the table they point at, and partitions at their parent', () => {
        expect(relation('app', 'users').referencedBy).toEqual([
          {
            name: 'owner',
            referencing: relation('Odd.Schema', 'Order').oid,
            onDelete: 'cascade',
            onUpdate: 'set null',
            referencedColumns: ['id'],
          },
        ]);
        expect(relation('app', 'parts').children).toEqual([relation('app', 'part_1').oid]);
      });

      it('describes functions as they would run', () => {
        const find = (name: string) => catalog.functions.find((one) => one.name === name);
        expect(find('Check.It')).toMatchObject({
          schema: 'app',
          kind: 'function',
          language: 'plpgsql',
          argumentTypes: ['23', '25', '1007'],
          defaults: 2,
          defaultTexts: ["(app.length('x'::text))::text", "'{}'::integer[]"],
          variadic: true,
          returnType: '16',
          securityDefiner: true,
          config: ['search_path=app, pg_temp'],
          source: 'BEGIN RETURN $1 > 0; END',
          standardBody: false,
          extension: null,
        });
        expect(find('near')).toMatchObject({
          standardBody: true,
          source: 'RETURN (abs(($1 - $2)) < 3)',
        });
        expect(find('run')).toMatchObject({
          kind: 'procedure',
          argumentTypes: ['23', '25'],
          standardBody: true,
        });
        expect(find('run')?.source).toContain('DELETE FROM app.users');
        expect(find('longest')).toMatchObject({ kind: 'aggregate', source: '' });
      });

      it('names a built-in function by its number where an operator or an aggregate of the database runs it', async () => {
        const [[larger, unlink] = []] = await session.query(
          "SELECT 'int4larger'::regproc::oid, 'lo_unlink'::regproc::oid",
        );
        const longest = catalog.functions.find(({ name }) => name === 'longest');
        expect(longest?.supportFunctions).toEqual([larger]);
        expect(catalog.operators.find(({ name }) => name === '##')?.function).toBe(unlink);
        expect(catalog.functions.filter(({ schema }) => schema === 'pg_catalog')).toEqual([]);
      });

      it('lists operators and casts of the database', () => {
        expect(catalog.operators).toContainEqual({
          schema: 'app',
          name: '~~~',
          leftType: '23',
          rightType: '23',
          function: functionOid('near'),
        });
        expect(catalog.operators.find(({ name }) => name === '##')?.leftType).toBeNull();
        expect(catalog.casts).toContainEqual({
          source: '23',
          target: typeOid('mood'),
          function: functionOid('to_mood'),
          context: 'assignment',
        });
      });

      it('lists types with what their values run', () => {
        const find = (name: string) => catalog.types.find((one) => one.name === name);
        expect(find('positive')).toMatchObject({
          kind: 'domain',
          underlying: '23',
          array: false,
          expressions: ['1', 'app."Check.It"(VALUE)'],
        });
        expect(find('mood')).toMatchObject({ kind: 'enum', supportFunctions: [] });
        expect(find('span')).toMatchObject({
          kind: 'range',
          supportFunctions: [functionOid('gap')],
        });
        expect(find('_mood')).toMatchObject({
          kind: 'base',
          array: true,
          underlying: typeOid('mood'),
        });
        expect(find('users')).toMatchObject({ kind: 'composite' });
      });

      it('lists event triggers, extensions, schemas and the names of system relations', () => {
        expect(catalog.eventTriggers).toEqual([
          {
            name: 'watch',
            event: 'sql_drop',
            function: functionOid('on_ddl'),
            tags: ['DROP TABLE'],
            enabled: true,
          },
        ]);
        expect(catalog.extensions).toEqual(['plpgsql']);
        expect(catalog.schemas.map(({ name }) => name)).toEqual(
          expect.arrayContaining(['pg_catalog', 'public', 'app', 'Odd.Schema']),
        );
        expect(catalog.systemRelations).toEqual(
          expect.arrayContaining([
            'pg_catalog.pg_class',
            'pg_catalog.pg_tables',
            'information_schema.columns',
          ]),
        );
        expect(catalog.relations.filter(({ schema }) => schema.startsWith('pg_toast'))).toEqual([]);
      });

      it('says which extension owns what, and lists a foreign table as one', async () => {
        await session.script('CREATE DATABASE extended');
        const extended = await server.connect('extended');
        await extended.script(`
          CREATE EXTENSION citext; CREATE EXTENSION pg_stat_statements; CREATE EXTENSION postgres_fdw;
          CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
          CREATE FOREIGN TABLE away (id int) SERVER far;
          CREATE TABLE own (id citext)`);
        const loaded = await loadCatalog(extended.query);
        await extended.end();
        expect(loaded.extensions).toEqual([
          'citext',
          'pg_stat_statements',
          'plpgsql',
          'postgres_fdw',
        ]);
        const owners = [
          loaded.types.find(({ name }) => name === 'citext'),
          loaded.functions.find(({ name }) => name === 'citextin'),
          loaded.relations.find(({ name }) => name === 'pg_stat_statements'),
          loaded.relations.find(({ name }) => name === 'own'),
        ].map((one) => one?.extension);
        expect(owners).toEqual(['citext', 'citext', 'pg_stat_statements', null]);
        expect(loaded.relations.find(({ name }) => name === 'away')?.kind).toBe('foreign table');
        const input = loaded.functions.find(({ name }) => name === 'citextin')?.oid;
        expect(loaded.types.find(({ name }) => name === 'citext')?.supportFunctions).toContain(
          input,
        );
      });

      it('lists a built-in function that somebody replaced by a body of their own', async () => {
        await session.script('CREATE DATABASE replaced');
        const replaced = await server.connect('replaced');
        for (let count = 0; count < 400; count += 1)
          await replaced.query('SELECT pg_current_xact_id()');
        expect((await loadCatalog(replaced.query)).functions).toEqual([]);
        await replaced.script(`CREATE OR REPLACE FUNCTION pg_catalog.abs(int) RETURNS int
          LANGUAGE plpgsql AS 'BEGIN DELETE FROM orders; RETURN $1; END'`);
        const loaded = await loadCatalog(replaced.query);
        await replaced.end();
        expect(loaded.functions).toMatchObject([
          { schema: 'pg_catalog', name: 'abs', language: 'plpgsql' },
        ]);
      });

      it('shows temporary relations of other sessions, in a schema marked as temporary', async () => {
        const other = await server.connect();
        await other.script('CREATE TEMP TABLE users (id int)');
        const loaded = await loadCatalog(session.query);
        const temporary = loaded.schemas.filter((one) => one.temporary).map(({ name }) => name);
        expect(loaded.relations.filter(({ schema }) => temporary.includes(schema))).toMatchObject([
          { name: 'users' },
        ]);
        await other.end();
      });

      it('gives the same version for the same content, and another one after a change', async () => {
        const plain = await server.connect('postgres', 'plain');
        const before = await loadCatalog(plain.query);
        expect((await loadCatalog(plain.query)).version).toBe(before.version);
        await session.script(
          "COMMENT ON TABLE app.users IS 'people'; ALTER FUNCTION app.near COST 7",
        );
        expect((await loadCatalog(plain.query)).version).toBe(before.version);
        await session.script('ALTER FUNCTION app.near SECURITY DEFINER');
        expect((await loadCatalog(plain.query)).version).not.toBe(before.version);
        await session.script('ALTER FUNCTION app.near SECURITY INVOKER');
        await plain.end();
      });

      it('marks definitions as unreadable while somebody holds a relation in them, without waiting', async () => {
        const migration = await server.connect();
        await migration.script('BEGIN; LOCK TABLE app.users, "Odd.Schema"."Order"');
        const { complete, snapshot } = await loadWhatIsReadable(session.query);
        await migration.script('ROLLBACK');
        await migration.end();
        expect(complete).toBe(false);
        const named = (name: string) => snapshot.relations.find((one) => one.name === name);
        expect(named('V.1')?.viewDefinition).toBe(UNREADABLE_DEFINITION);
        expect(named('users')?.writeExpressions).toContain(UNREADABLE_DEFINITION);
        expect(named('users')?.triggers.find(({ name }) => name === 'WHEN (x')?.whenText).toBe(
          UNREADABLE_DEFINITION,
        );
        expect(named('Order')?.rules[0]?.definition).toBe(UNREADABLE_DEFINITION);
        expect(named('Order')?.writeExpressions).toEqual([UNREADABLE_DEFINITION]);
        expect(snapshot.functions.find(({ name }) => name === 'run')?.source).toBe(
          UNREADABLE_DEFINITION,
        );
        expect(named('parts')?.writeExpressions).toEqual(['app.length((at)::text)']);
        expect((await loadWhatIsReadable(session.query)).complete).toBe(true);
      });

      it('uses a mark for unreadable definitions that is no SQL wherever a definition may stand', async () => {
        for (const text of ['%', 'SELECT %', 'SELECT (%)', 'SELECT 1 WHERE %', 'BEGIN % END']) {
          const sql = text.replace('%', UNREADABLE_DEFINITION);
          await expect(session.query(sql)).rejects.toMatchObject({ code: '42601' });
        }
      });

      it('reads as a session of a role whose search_path puts traps before pg_catalog', async () => {
        await session.script(`
          CREATE SCHEMA trap; CREATE ROLE trapped LOGIN; GRANT USAGE ON SCHEMA trap TO trapped;
          CREATE FUNCTION trap.fall() RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''trapped''; END';
          CREATE FUNCTION trap.fall(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT trap.fall()';
          CREATE FUNCTION trap.fall(text, text) RETURNS bool LANGUAGE sql AS 'SELECT trap.fall()';
          CREATE FUNCTION trap.fall(name, name) RETURNS bool LANGUAGE sql AS 'SELECT trap.fall()';
          CREATE OPERATOR trap.= (FUNCTION = trap.fall, LEFTARG = oid, RIGHTARG = oid);
          CREATE OPERATOR trap.= (FUNCTION = trap.fall, LEFTARG = text, RIGHTARG = text);
          CREATE OPERATOR trap.= (FUNCTION = trap.fall, LEFTARG = name, RIGHTARG = name);
          CREATE OPERATOR trap.>= (FUNCTION = trap.fall, LEFTARG = oid, RIGHTARG = oid);
          ALTER ROLE trapped SET search_path = trap, pg_catalog`);
        const trapped = await server.connect('postgres', 'trapped');
        await expect(trapped.query("SELECT 'a'::text = 'a'::text")).rejects.toThrow('trapped');
        expect((await loadCatalog(trapped.query)).searchPath).toEqual(['trap', 'pg_catalog']);
        await trapped.end();
      });

      it.each([
        ['too many entries', { entries: 500_001 }, 'more than 500000'],
        ['too much text', { textBytes: 200_000_000 }, 'more than 134217728'],
        ['a server that is too old', { serverVersion: 130_011 }, 'older than PostgreSQL 14'],
      ])('refuses %s in words that say so', async (_, differing, words) => {
        const altered = async (sql: string) => {
          const rows = await session.query(sql);
          const text = rows[0]?.[0];
          if (!sql.includes("'textBytes'") || typeof text !== 'string') return rows;
          const answer = JSON.parse(text) as Record<string, unknown>;
          return [[JSON.stringify({ ...answer, ...differing })]];
        };
        await expect(loadCatalog(altered)).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
        await expect(loadCatalog(altered)).rejects.toThrow(words);
      });

      it('refuses an answer that has not the shape it asked for', async () => {
        const altered = async (sql: string) => {
          const rows = await session.query(sql);
          return sql.startsWith('WITH') ? [...rows, ['trigger', '{"relation":"1"}']] : rows;
        };
        await expect(loadCatalog(altered)).rejects.toThrow('describes a trigger in a way');
      });

      it('leaves no transaction open and no setting changed, whether it succeeds or fails', async () => {
        expect(await session.query('SHOW search_path')).toEqual([['"$user", public']]);
        const failing = async (sql: string) =>
          session.query(sql.startsWith('WITH') ? "SELECT 'hunter2'::int" : sql);
        const failure: unknown = await loadCatalog(failing).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
        expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('hunter2');
        expect(await session.query('SHOW search_path')).toEqual([['"$user", public']]);
        expect(await session.query('SHOW transaction_read_only')).toEqual([['off']]);
      });
    },
  );
}
