/**
 * Ways to see or to change rows and columns out of reach, one by one, on a real server. What came back is looked at, and what
 * the tables hold afterwards.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../servers/postgres.ts';
import { runPsql } from '../../servers/psql.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { openReachGate } from '../../servers/reach-gate.ts';
import type { ReachGate } from '../../servers/reach-gate.ts';

/** In every row of the other tenant, and in every column that is held back. */
const FOREIGN = 'FOREIGN';
const HELD = 'HELD';

const POLICY = `version: 1
roles:
  tested:
    tables:
      tenants: [SELECT]
      reservations: [SELECT, INSERT, UPDATE, DELETE]
      reservations_2024: [SELECT]
      vehicles: [SELECT, UPDATE]
      events: [SELECT]
      open_reservations: [SELECT]
      summary: [SELECT]
      scratch: [SELECT, INSERT]
    columns:
      vehicles: { SELECT: [id, tenant_id, plate], UPDATE: [plate] }
    filters:
      reservations: "tenant_id = {{ token.tenant_id }}"
      vehicles: "tenant_id = {{ token.tenant_id }}"
rules:
  - { id: all, when: "true", effect: allow, reason: the reach is what is tested }
`;

const SCHEMA = `
CREATE TABLE tenants (id text PRIMARY KEY);
INSERT INTO tenants VALUES ('acme'), ('other');
CREATE TABLE reservations (id int PRIMARY KEY, tenant_id text REFERENCES tenants, note text, code text UNIQUE, price int);
CREATE TABLE reservations_2024 () INHERITS (reservations);
CREATE TABLE vehicles (id int PRIMARY KEY, tenant_id text, plate text, cost text DEFAULT '${HELD}');
CREATE TABLE events (id int, what text);
CREATE TABLE scratch (id int, what text);
CREATE VIEW open_reservations AS SELECT id, note FROM reservations WHERE price < 100;
CREATE MATERIALIZED VIEW summary AS SELECT note, count(*) FROM reservations GROUP BY note;
CREATE FUNCTION note_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT note FROM reservations WHERE id = $1';
CREATE FUNCTION all_notes() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT note FROM reservations; END $$;
INSERT INTO reservations VALUES (1, 'acme', 'mine', 'a', 10), (2, 'acme', 'mine too', 'b', 20),
  (3, 'other', '${FOREIGN} three', '${FOREIGN}-c', 30), (4, 'other', '${FOREIGN} four', '${FOREIGN}-d', 0);
INSERT INTO reservations_2024 VALUES (11, 'acme', 'old mine', 'e', 1), (12, 'other', '${FOREIGN} old', '${FOREIGN}-f', 2);
INSERT INTO vehicles VALUES (1, 'acme', 'AC 1', '${HELD} 1'), (2, 'other', '${FOREIGN} 2', '${HELD} 2');
CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.reservations (id int, note text);
REFRESH MATERIALIZED VIEW summary; ANALYZE;`;

/** Everything that an error or a notice says. */
function toldBy(said: { readonly [Field in keyof pg.DatabaseError]?: unknown }): string {
  const { message, code, detail, hint, where, internalQuery, position } = said;
  return [message, code, detail, hint, where, internalQuery, position].join(' | ');
}

describe('P-75: rows and columns out of reach are neither seen nor changed', () => {
  let server: TestPostgres;
  let gate: ReachGate;
  let client: pg.Client;
  let before: string;

  async function contents(): Promise<string> {
    const rows = await server.sql(
      `SELECT tableoid::regclass::text AS part, r.* FROM reservations r WHERE tenant_id <> 'acme' ORDER BY id`,
    );
    const vehicles = await server.sql(
      "SELECT * FROM vehicles WHERE tenant_id <> 'acme' ORDER BY id",
    );
    return JSON.stringify([rows, vehicles]);
  }

  beforeAll(async () => {
    server = await startPostgres({ initSql: SCHEMA });
    gate = await openReachGate({
      upstream: server.url(),
      policy: POLICY,
      values: { tenant_id: 'acme' },
    });
    client = new pg.Client({ connectionString: gate.url });
    client.on('notice', (notice) => notices.push(toldBy(notice)));
    await client.connect();
    before = await contents();
  });

  afterAll(async () => {
    await client.end();
    await gate.close();
    await server.stop();
  });

  const notices: string[] = [];

  async function attempt(
    text: string,
  ): Promise<{ readonly rows: unknown[]; readonly all: string; readonly failed: boolean }> {
    const begin = /^(BEGIN|SET|PREPARE|EXECUTE)/u.test(text) ? '' : 'BEGIN; ';
    try {
      if (begin !== '') await client.query('BEGIN');
      const result = (await client.query({ text, rowMode: 'array' })) as unknown;
      const results = (Array.isArray(result) ? result : [result]) as pg.QueryArrayResult[];
      const rows = results.flatMap((one) => one.rows as unknown[]);
      if (begin !== '') await client.query('COMMIT');
      return { rows, all: JSON.stringify([rows, notices]), failed: false };
    } catch (error) {
      await client.query('ROLLBACK');
      const all = [toldBy(error as pg.DatabaseError), ...notices].join('\n');
      return { rows: [], all, failed: true };
    }
  }

  const READS = [
    'SELECT * FROM reservations',
    'TABLE reservations',
    'SELECT * FROM ONLY reservations',
    'SELECT * FROM reservations_2024',
    'SELECT r.* FROM tenants t LEFT JOIN reservations r ON r.tenant_id = t.id',
    'SELECT * FROM tenants t FULL JOIN reservations r ON r.tenant_id = t.id',
    'SELECT * FROM reservations NATURAL JOIN (SELECT id FROM reservations) q',
    'WITH reservations AS (SELECT * FROM public.reservations) SELECT * FROM reservations',
    'WITH RECURSIVE r AS (SELECT id, note FROM reservations UNION SELECT id, note FROM reservations) SELECT * FROM r',
    'SELECT (SELECT string_agg(note, $$,$$) FROM reservations)',
    'SELECT row_to_json(r), r::text, r FROM reservations r',
    'SELECT json_agg(v), v::text FROM vehicles v GROUP BY v::text',
    'SELECT to_jsonb(vehicles) FROM vehicles',
    'SELECT * FROM vehicles',
    'SELECT v.* FROM vehicles v JOIN tenants t ON t.id = v.tenant_id',
    'SELECT * FROM vehicles v WHERE v IS NOT NULL',
    'SELECT * FROM open_reservations',
    'SELECT * FROM reservations TABLESAMPLE system (100)',
    'SELECT * FROM reservations FOR UPDATE',
    'SELECT id FROM reservations WHERE 1 / price > -1',
    "SELECT id FROM reservations WHERE note::int > 0 OR tenant_id = 'acme'",
    "SELECT id FROM reservations WHERE tenant_id = 'other' OR true",
    'SELECT * FROM reservations GROUP BY id',
    'SELECT DISTINCT ON (tenant_id) * FROM reservations ORDER BY tenant_id, id DESC',
    'SELECT note, rank() OVER (ORDER BY id) FROM reservations',
    'VALUES ((SELECT max(note) FROM reservations))',
    'BEGIN; DECLARE c CURSOR FOR SELECT * FROM reservations; FETCH ALL FROM c; COMMIT',
    'PREPARE seen AS SELECT * FROM reservations; EXECUTE seen',
    'UPDATE vehicles SET plate = plate RETURNING *',
    'UPDATE vehicles SET plate = plate RETURNING vehicles.*, old.*, new.*',
    'INSERT INTO scratch SELECT id, note FROM reservations RETURNING *',
    'EXPLAIN (VERBOSE) SELECT * FROM reservations',
  ];
  it.each(READS)('shows what is in reach and no more: %s', async (text) => {
    const { rows, all, failed } = await attempt(text);
    expect(all).not.toContain(FOREIGN);
    expect(all).not.toContain(HELD);
    if (!failed) expect(rows.length).toBeGreaterThan(0);
    expect(await contents()).toBe(before);
  });

  it('copies out what is in reach', async () => {
    for (const text of [
      'COPY reservations TO STDOUT',
      'COPY vehicles TO STDOUT',
      'COPY (SELECT * FROM reservations) TO STDOUT',
    ]) {
      const { output, ok, errors } = await runPsql(gate.url, text);
      expect(errors).toBe('');
      expect(ok).toBe(true);
      expect(output).toMatch(/mine|AC 1/u);
      expect(output).not.toMatch(/FOREIGN|HELD/u);
    }
  });

  const REFUSED: readonly (readonly [string, string])[] = [
    ['SELECT cost FROM vehicles', '`cost` of `public.vehicles`'],
    ['SELECT id FROM vehicles WHERE cost IS NOT NULL', '`cost` of'],
    ['SELECT id FROM vehicles ORDER BY cost', '`cost` of'],
    ['SELECT count(*) FROM vehicles GROUP BY cost', '`cost` of'],
    ['SELECT count(*) FROM vehicles HAVING max(cost) > $$a$$', '`cost` of'],
    ['SELECT rank() OVER (ORDER BY cost) FROM vehicles', '`cost` of'],
    ['SELECT 1 FROM vehicles v JOIN vehicles w USING (cost)', '`cost` of'],
    ['SELECT 1 FROM vehicles v NATURAL JOIN events', 'NATURAL JOIN'],
    ['SELECT 1 FROM vehicles v JOIN events e ON e.what = v.cost', '`cost` of'],
    ['SELECT v.cost FROM vehicles v', '`cost` of'],
    ['SELECT (v).cost FROM vehicles v', 'cost'],
    ['SELECT v FROM vehicles AS v(a, b, c, d)', 'by their places'],
    ['EXPLAIN SELECT cost FROM vehicles', '`cost` of'],
    ['UPDATE vehicles SET plate = cost', '`cost` of'],
    ["UPDATE vehicles SET plate = 'x' WHERE cost = 'y'", '`cost` of'],
    ["UPDATE vehicles SET plate = 'x' RETURNING cost", '`cost` of'],
    ["UPDATE vehicles SET plate = 'x' RETURNING old.cost", '`cost` of'],
    ['UPDATE vehicles SET plate = vehicles::text', 'as a whole'],
    ["UPDATE vehicles SET plate = 'x' RETURNING row_to_json(vehicles)", 'as a whole'],
    ["UPDATE vehicles SET plate = 'x' RETURNING row(vehicles.*)", 'as a whole'],
    ["UPDATE vehicles SET cost = 'x'", 'cost'],
    ["UPDATE vehicles SET tenant_id = 'acme'", 'tenant_id'],
    ['SELECT ctid FROM vehicles', 'ctid'],
    ['SELECT tableoid, xmin FROM vehicles', 'tableoid'],
    ['SELECT note_of(3)', 'note_of'],
    ['SELECT note_of(id) FROM reservations', 'note_of'],
    ['SELECT * FROM all_notes()', 'all_notes'],
    ['SELECT * FROM summary', 'summary'],
    [
      'DO $$ BEGIN RAISE NOTICE $x$%$x$, (SELECT note FROM reservations WHERE id = 3); END $$',
      'blocked',
    ],
    ["SELECT query_to_xml('SELECT * FROM reservations', true, true, '')", 'query_to_xml'],
    ["SELECT table_to_xml('reservations', true, true, '')", 'blocked'],
    ["SELECT * FROM ts_stat('SELECT note::tsvector FROM reservations')", 'blocked'],
    ['SELECT most_common_vals FROM pg_stats', 'blocked'],
    ['SELECT stavalues1 FROM pg_statistic', 'blocked'],
    ['SELECT query FROM pg_stat_activity', 'blocked'],
    ['EXPLAIN ANALYZE SELECT * FROM reservations', 'EXPLAIN ANALYZE'],
    ['CREATE TEMP VIEW v AS SELECT * FROM reservations', 'blocked'],
    ['CREATE TABLE stolen AS SELECT * FROM vehicles', 'blocked'],
    ['TRUNCATE reservations', 'blocked'],
    ['ALTER TABLE reservations RENAME TO r', 'blocked'],
    ['SET search_path = pg_temp, pg_catalog; SELECT * FROM public.reservations', 'search_path'],
    ["SET agentguard.tenant_id = 'other'", 'blocked'],
    ["SELECT set_config('agentguard.tenant_id', 'other', false)", 'blocked'],
    ['DELETE FROM reservations WHERE CURRENT OF c', 'CURRENT OF'],
    ["INSERT INTO reservations VALUES (90, 'other', 'x')", 'outside the filter'],
    ["INSERT INTO reservations (id, note) VALUES (91, 'x')", 'outside the filter'],
    ['INSERT INTO reservations SELECT 92', 'outside the filter'],
    ['INSERT INTO reservations SELECT 93, id FROM tenants', 'outside the filter'],
    ['INSERT INTO reservations DEFAULT VALUES', 'needs values'],
    ["UPDATE reservations SET tenant_id = 'other' WHERE id = 1", 'outside the filter'],
    [
      "UPDATE reservations SET tenant_id = (SELECT 'oth' || 'er') WHERE id = 1",
      'outside the filter',
    ],
    ["UPDATE reservations SET (note, tenant_id) = ('x', 'other') WHERE id = 1", 'tenant_id'],
    [
      "INSERT INTO reservations VALUES (3, 'acme') ON CONFLICT (id) DO UPDATE SET note = 'x'",
      'outside the filter',
    ],
    [
      "INSERT INTO reservations VALUES (3, 'acme') ON CONFLICT (id) DO UPDATE SET note = 'x' WHERE reservations.price > 5",
      'outside the filter',
    ],
    [
      "MERGE INTO reservations r USING tenants t ON t.id = r.tenant_id AND t.id = 'acme' WHEN MATCHED THEN UPDATE SET tenant_id = 'other'",
      'outside the filter',
    ],
    [
      'MERGE INTO reservations r USING tenants t ON false WHEN NOT MATCHED THEN INSERT (id, tenant_id) VALUES (94, t.id)',
      'outside the filter',
    ],
  ];
  it.each(REFUSED)('refuses %s', async (text, said) => {
    const { all, failed } = await attempt(text);
    expect(failed).toBe(true);
    expect(all).toContain(said);
    expect(all).not.toContain(FOREIGN);
    expect(all).not.toContain(HELD);
    expect(await contents()).toBe(before);
  });

  const CHANGES = [
    "UPDATE reservations SET note = 'changed'",
    "UPDATE reservations SET note = 'changed' WHERE tenant_id = 'other' OR true",
    'UPDATE reservations r SET note = o.note FROM reservations o WHERE o.id = 3 OR r.id = 3',
    "UPDATE reservations SET note = 'x' WHERE 1 / price >= 0",
    'DELETE FROM reservations WHERE id IN (3, 4, 12)',
    "DELETE FROM reservations USING tenants t WHERE t.id = 'other' AND tenant_id = t.id",
    "WITH d AS (DELETE FROM reservations WHERE tenant_id = 'other' RETURNING *) SELECT * FROM d",
    "MERGE INTO reservations r USING tenants t ON t.id = r.tenant_id WHEN MATCHED AND t.id = 'other' THEN DELETE",
    "MERGE INTO reservations r USING (SELECT 'none' AS id) t ON t.id = r.tenant_id WHEN NOT MATCHED BY SOURCE AND r.price > 25 THEN DELETE",
    "UPDATE vehicles SET plate = 'taken' WHERE id = 2",
    'UPDATE vehicles SET plate = upper(plate)',
    "INSERT INTO reservations VALUES (3, 'acme') ON CONFLICT DO NOTHING",
  ];
  it.each(CHANGES)('changes nothing out of reach: %s', async (text) => {
    const { all } = await attempt(text);
    expect(all).not.toContain(FOREIGN);
    expect(await contents()).toBe(before);
  });

  it.each([
    ["INSERT INTO reservations VALUES (3, 'acme', 'x')", 'duplicate key'],
    [
      `INSERT INTO reservations (id, tenant_id, code) VALUES (95, 'acme', '${FOREIGN}-c')`,
      'duplicate key',
    ],
    ['UPDATE reservations SET id = 3 WHERE id = 1', 'duplicate key'],
  ])('names no row in an error: %s', async (text, said) => {
    const { all, failed } = await attempt(text);
    expect(failed).toBe(true);
    expect(all).toContain(said);
    expect(all).not.toContain('already exists');
  });

  it('a prepared statement keeps meaning what it meant, or does not run', async () => {
    const fresh = new pg.Client({ connectionString: gate.url });
    await fresh.connect();
    try {
      // The role has nothing there, so that the name is all that could change.
      await fresh.query('SET search_path = elsewhere, public');
      await expect(fresh.query('SELECT * FROM reservations')).rejects.toThrow('blocked');
      await fresh.query('SET search_path = public');
      const named = { name: 'again', text: 'SELECT note FROM reservations WHERE id < 5' };
      expect((await fresh.query<{ note: string }>(named)).rows).toHaveLength(2);
      await fresh.query('SET search_path = elsewhere');
      await expect(fresh.query(named)).rejects.toThrow('blocked');
      await fresh.query('SET search_path = public');
      expect((await fresh.query(named)).rows).toHaveLength(2);
    } finally {
      await fresh.end();
    }
  });

  it('a filter that cannot be used refuses the statement and names what is wrong', async () => {
    const broken = await openReachGate({
      upstream: server.url(),
      policy: POLICY.replace('tenant_id = {{ token.tenant_id }}', 'price = {{ token.tenant_id }}'),
      values: { tenant_id: 'acme' },
    });
    const other = new pg.Client({ connectionString: broken.url });
    await other.connect();
    await expect(other.query('SELECT * FROM reservations')).rejects.toThrow(
      "the token's `tenant_id` is not a value of the type int4",
    );
    await other.end();
    await broken.close();
  });

  it('a policy that gets stricter holds from the next statement on', async () => {
    gate.putInForce(
      POLICY.replace(
        '"tenant_id = {{ token.tenant_id }}"',
        '"tenant_id = {{ token.tenant_id }} AND id = 1"',
      ),
    );
    expect((await attempt('SELECT id FROM reservations')).rows).toEqual([[1]]);
    gate.putInForce(POLICY);
  });
});
