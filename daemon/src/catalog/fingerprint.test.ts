import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.ts';
import { loadCatalog } from './load.ts';
import {
  binariesOf,
  SERVER_TEST,
  startTestServer,
  TEST_MAJORS,
  type TestServer,
  type TestSession,
} from './test-server.ts';

const SCHEMA = `
  CREATE SCHEMA app;
  CREATE TABLE app.t (id int PRIMARY KEY, a int DEFAULT 1, b text);
  CREATE TABLE app.child (t_id int REFERENCES app.t);
  CREATE VIEW app.v AS SELECT id FROM app.t;
  CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE FUNCTION app.g(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE FUNCTION app.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE DOMAIN app.d AS int;
  CREATE AGGREGATE app.agg(int) (sfunc = int4larger, stype = int);
  CREATE ROLE member`;

/** Each step stands on those before it. */
const CHANGES: readonly string[] = [
  "CREATE OR REPLACE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM app.t; RETURN NEW; END'",
  'ALTER FUNCTION app.g SET search_path = app',
  'ALTER FUNCTION app.g SECURITY DEFINER',
  'CREATE OR REPLACE AGGREGATE app.agg(int) (sfunc = int4smaller, stype = int)',
  'ALTER TABLE app.t ADD COLUMN c int',
  'ALTER TABLE app.t DROP COLUMN c',
  'ALTER TABLE app.t RENAME COLUMN b TO bb',
  'ALTER TABLE app.t ALTER COLUMN a SET DEFAULT 2',
  'ALTER TABLE app.t ALTER COLUMN a DROP DEFAULT',
  'ALTER TABLE app.t ALTER COLUMN a SET NOT NULL',
  'ALTER TABLE app.t ALTER COLUMN a TYPE bigint',
  'ALTER TABLE app.t ADD CONSTRAINT k CHECK (app.g(id)) NOT VALID',
  'ALTER TABLE app.t DROP CONSTRAINT k',
  'CREATE INDEX i ON app.t ((id + 1)) WHERE app.g(id)',
  'DROP INDEX app.i',
  'CREATE TRIGGER tr BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.f()',
  'ALTER TABLE app.t DISABLE TRIGGER tr',
  'ALTER TABLE app.t ENABLE TRIGGER tr',
  'ALTER TRIGGER tr ON app.t RENAME TO tr2',
  'DROP TRIGGER tr2 ON app.t',
  'CREATE RULE r AS ON DELETE TO app.t DO ALSO NOTIFY gone',
  'ALTER TABLE app.t DISABLE RULE r',
  'CREATE OR REPLACE RULE r AS ON DELETE TO app.t DO INSTEAD NOTHING',
  'DROP RULE r ON app.t',
  'CREATE POLICY p ON app.t USING (true)',
  'ALTER POLICY p ON app.t USING (app.g(id))',
  'ALTER TABLE app.t ENABLE ROW LEVEL SECURITY',
  'DROP POLICY p ON app.t',
  'ALTER TABLE app.child DROP CONSTRAINT child_t_id_fkey',
  'ALTER TABLE app.child ADD FOREIGN KEY (t_id) REFERENCES app.t ON DELETE CASCADE',
  'CREATE OR REPLACE VIEW app.v AS SELECT id FROM app.t WHERE app.g(id)',
  'ALTER TABLE app.t RENAME TO tt',
  'ALTER SCHEMA app RENAME TO app2',
  'ALTER SCHEMA app2 RENAME TO app',
  'CREATE TABLE app.heir () INHERITS (app.child)',
  'ALTER TABLE app.heir NO INHERIT app.child',
  'CREATE OPERATOR app.@@@ (FUNCTION = app.g, RIGHTARG = int)',
  'DROP OPERATOR app.@@@ (NONE, int)',
  'CREATE CAST (int AS app.heir) WITH INOUT',
  'DROP CAST (int AS app.heir)',
  'ALTER DOMAIN app.d ADD CHECK (app.g(VALUE))',
  'ALTER DOMAIN app.d SET DEFAULT 3',
  'CREATE TYPE app.r AS RANGE (subtype = int)',
  'CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION app.e()',
  'ALTER EVENT TRIGGER ev DISABLE',
  'DROP EVENT TRIGGER ev',
  'ALTER EXTENSION plpgsql ADD FUNCTION app.g(int)',
  'ALTER EXTENSION plpgsql DROP FUNCTION app.g(int)',
  'CREATE TEMP TABLE passing (id int)',
  'DROP TABLE passing',
  'ALTER ROLE postgres IN DATABASE postgres SET search_path = app',
  'ALTER ROLE postgres IN DATABASE postgres RESET search_path',
  'ALTER DATABASE postgres SET search_path = app',
  // A built-in keeps its identifier when somebody replaces it.
  "CREATE OR REPLACE FUNCTION pg_catalog.bit_length(text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 8'",
];

const NO_CHANGES: readonly string[] = [
  'INSERT INTO app.tt (id, a) SELECT g, g FROM generate_series(1, 1000) g',
  'ANALYZE app.tt',
  'VACUUM app.tt',
  'DELETE FROM app.tt',
  'SELECT * FROM app.v',
  "COMMENT ON TABLE app.tt IS 'note'",
  "SELECT set_config('work_mem', '5MB', false)",
];

for (const major of TEST_MAJORS) {
  const present = binariesOf(major) !== undefined;
  if (!present)
    console.warn(
      `SKIPPED: fingerprints are not tested on PostgreSQL ${major}, it is not installed`,
    );

  describe.skipIf(!present)(
    `the fingerprint of a PostgreSQL ${major} catalog${present ? '' : ' (NOT TESTED: not installed)'}`,
    SERVER_TEST,
    () => {
      let server: TestServer;
      let session: TestSession;
      let watcher: TestSession;
      let last: Look;

      interface Look {
        readonly fingerprint: string;
        readonly version: string;
      }

      async function look(): Promise<Look> {
        return {
          fingerprint: await fingerprint(watcher.query),
          version: (await loadCatalog(watcher.query)).version,
        };
      }

      beforeAll(async () => {
        server = await startTestServer(major);
        session = await server.connect();
        watcher = await server.connect();
        await session.script(SCHEMA);
        // Far enough that a row of today is told from one of initdb, as on any server in use.
        for (let count = 0; count < 400; count += 1)
          await session.query('SELECT pg_current_xact_id()');
        last = await look();
      }, 60_000);

      afterAll(async () => {
        await Promise.all([session.end(), watcher.end()]);
        await server.stop();
      });

      it.each(CHANGES)('differs, as the snapshot does, after %s', async (sql) => {
        await session.script(sql);
        const after = await look();
        expect(after.fingerprint).not.toBe(last.fingerprint);
        expect(after.version).not.toBe(last.version);
        last = after;
      });

      it.each(NO_CHANGES)('stays the same after %s', async (sql) => {
        const before = await fingerprint(watcher.query);
        await session.script(sql);
        expect(await fingerprint(watcher.query)).toBe(before);
      });

      it('stays the same when a change is rolled back, and differs once it is committed', async () => {
        const before = await fingerprint(watcher.query);
        await session.script('BEGIN; CREATE TABLE app.pending (id int)');
        expect(await fingerprint(watcher.query)).toBe(before);
        await session.script('ROLLBACK');
        expect(await fingerprint(watcher.query)).toBe(before);
      });

      it('differs when the role becomes or stops being a superuser', async () => {
        await session.script('CREATE ROLE climber LOGIN');
        const climber = await server.connect('postgres', 'climber');
        const before = await fingerprint(climber.query);
        await session.script('ALTER ROLE climber SUPERUSER');
        expect(await fingerprint(climber.query)).not.toBe(before);
        await climber.end();
      });

      it('is not fooled by a search_path that puts its own operators before pg_catalog', async () => {
        await session.script(`
          CREATE SCHEMA trap; CREATE ROLE trapped LOGIN; GRANT USAGE ON SCHEMA trap TO trapped;
          CREATE FUNCTION trap.never(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
          CREATE OPERATOR trap.= (FUNCTION = trap.never, LEFTARG = oid, RIGHTARG = oid);
          CREATE OPERATOR trap.>= (FUNCTION = trap.never, LEFTARG = oid, RIGHTARG = oid);
          ALTER ROLE trapped SET search_path = trap, pg_catalog`);
        const trapped = await server.connect('postgres', 'trapped');
        expect(await trapped.query('SELECT 1::oid = 1::oid')).toEqual([['f']]);
        const before = await fingerprint(trapped.query);
        await session.script('ALTER TABLE app.tt ADD COLUMN unseen int');
        expect(await fingerprint(trapped.query)).not.toBe(before);
        await trapped.end();
      });

      it('fails as an unavailable catalog, without a word of the server', async () => {
        const failing = () => session.query("SELECT 'hunter2'::int");
        const failure: unknown = await fingerprint(failing).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
        expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('hunter2');
        await expect(fingerprint(() => Promise.resolve([]))).rejects.toMatchObject({
          code: 'CATALOG_UNAVAILABLE',
        });
      });
    },
  );
}
