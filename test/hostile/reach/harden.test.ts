/**
 * A server that is hardened with what `agentguard resource harden` writes holds back by itself what the guard holds back: the same
 * statements through the guard give the same with its rewriting off, the server going by who the guard says is asking.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { harden, loadSqlParser, parsePolicy } from '../../../rules/src/index.ts';
import { loadCatalog } from '../../../daemon/src/catalog/load.ts';
import { makeQuery } from '../../../daemon/src/protocols/postgres/upstream-query.ts';
import { startPostgres } from '../../servers/postgres.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { openReachGate } from '../../servers/reach-gate.ts';
import type { ReachGate } from '../../servers/reach-gate.ts';
import { openUpstream } from '../../upstream/open.ts';

const POLICY = `version: 1
roles:
  tested:
    tables: { bookings: [SELECT, INSERT, UPDATE], cars: [SELECT] }
    columns: { cars: { SELECT: [id, tenant, plate] }, bookings: { UPDATE: [note] } }
    filters: { bookings: "tenant = {{ token.tenant_id }}", cars: "tenant = {{ token.tenant_id }} AND plate <> 'hidden'" }
  other_role:
    tables: { bookings: [SELECT] }
    filters: { bookings: "tenant = {{ token.tenant_id }} AND id > 100" }
rules:
  - { id: all, when: "true", effect: allow, reason: the reach is what is tested }
`;

const SCHEMA = `
CREATE TABLE bookings (id serial PRIMARY KEY, tenant int, note text);
CREATE TABLE cars (id int, tenant int, plate text, cost int);
INSERT INTO bookings (tenant, note) SELECT 1 + i % 3, 'n' || i FROM generate_series(1, 9) i;
INSERT INTO cars VALUES (1, 1, 'A', 5), (2, 1, 'hidden', 6), (3, 2, 'C', 7);
CREATE ROLE app LOGIN PASSWORD 'app'; GRANT ALL ON ALL TABLES IN SCHEMA public TO app;`;

const LOGIN = 'agentguard_main';

describe('a hardened server', () => {
  let server: TestPostgres;
  const gates: ReachGate[] = [];
  const clients: pg.Client[] = [];
  let statements: readonly string[];

  async function through(options: {
    readonly native: boolean;
    readonly tenant?: string;
  }): Promise<pg.Client> {
    const upstream = options.native ? server.url(LOGIN, 'hardened') : server.url();
    const values = options.tenant === undefined ? {} : { tenant_id: options.tenant };
    const gate = await openReachGate({ upstream, policy: POLICY, values, native: options.native });
    gates.push(gate);
    return connect(gate.url);
  }

  async function connect(connectionString: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    clients.push(client);
    return client;
  }

  beforeAll(async () => {
    server = await startPostgres({ initSql: SCHEMA });
    const parser = await loadSqlParser();
    const parsed = parsePolicy(POLICY, parser);
    if (!parsed.ok) throw new Error(parsed.problem.message);
    const query = makeQuery(await openUpstream(server.url()));
    const catalog = await loadCatalog((sql) => query.query(sql));
    const roles = [...parsed.file.roles.values()];
    ({ statements } = harden({ roles, catalog, login: LOGIN, parser }));
    // Twice: what is there already is no obstacle.
    await query.query(statements.join(';\n'));
    await query.query(statements.join(';\n'));
    await query.query(`ALTER ROLE ${LOGIN} PASSWORD 'hardened'`);
    query.close();
  });

  afterAll(async () => {
    for (const client of clients) await client.end();
    for (const gate of gates) await gate.close();
    await server.stop();
  });

  it.each([
    'SELECT * FROM bookings ORDER BY id',
    'SELECT id, tenant, plate FROM cars ORDER BY id',
    'SELECT count(*) FROM bookings b JOIN cars c ON c.tenant = b.tenant',
    "UPDATE bookings SET note = 'x' WHERE id > 0 RETURNING id, note",
    "INSERT INTO bookings (tenant, note) VALUES (1, 'new') RETURNING tenant, note",
    "INSERT INTO bookings (tenant, note) VALUES (2, 'new') RETURNING tenant",
    'SELECT cost FROM cars',
    'DELETE FROM bookings',
    'UPDATE bookings SET tenant = 2',
  ])('holds back the same by itself: %s', async (text) => {
    const results: unknown[] = [];
    for (const native of [false, true]) {
      const client = await through({ native, tenant: '1' });
      await client.query('BEGIN');
      const result = await client.query({ text, rowMode: 'array' }).then(
        ({ rows }): unknown => rows,
        (error: unknown) => (error as pg.DatabaseError).code,
      );
      await client.query('ROLLBACK');
      results.push(result);
    }
    expect(results[1]).toEqual(results[0]);
  });

  it('shows nothing to the login without an identity, and everything as before to others', async () => {
    const bare = await connect(server.url(LOGIN, 'hardened'));
    expect((await bare.query('SELECT * FROM bookings')).rows).toEqual([]);
    const app = await connect(server.url('app', 'app'));
    expect((await app.query('SELECT * FROM bookings')).rows).toHaveLength(9);
  });

  it('P-77: who is asking cannot be changed by the client, and a reset brings it back', async () => {
    const client = await through({ native: true, tenant: '2' });
    const whoAmI = async (): Promise<unknown> =>
      (
        await client.query(
          "SELECT current_setting('agentguard.person') AS person, current_setting('agentguard.tenant_id') AS tenant, current_setting('agentguard.role') AS role",
        )
      ).rows[0];
    expect(await whoAmI()).toEqual({ person: 'ann', tenant: '2', role: 'tested' });
    for (const text of [
      "SET agentguard.tenant_id = '1'",
      "SET LOCAL agentguard.person TO 'eve'",
      'SET "AgentGuard".tenant_id = \'1\'',
      "SELECT set_config('agentguard.tenant_id', '1', false)",
      'RESET agentguard.tenant_id',
      "DO $$ BEGIN PERFORM set_config('agentguard.tenant_id', '1', false); END $$",
    ]) {
      await expect(client.query(text), text).rejects.toThrow('blocked by agentguard');
    }
    await client.query('RESET ALL');
    await client.query('DISCARD ALL');
    expect(await whoAmI()).toEqual({ person: 'ann', tenant: '2', role: 'tested' });
    await expect(
      connect(
        `${gates.at(-1)?.url ?? ''}?options=${encodeURIComponent('-c agentguard.tenant_id=1')}`,
      ),
    ).rejects.toThrow();
  });
});
