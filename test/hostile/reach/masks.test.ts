/**
 * Masks on a real server: whatever the shape of a query, the protocol and the format, a masked value never reaches the client.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../servers/postgres.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { openReachGate } from '../../servers/reach-gate.ts';
import type { ReachGate } from '../../servers/reach-gate.ts';

const SECRETS = ['ann@secret.example', '4111222233334444', '078-05-1120', '5550001111'];

const POLICY = `version: 1
roles:
  tested:
    tables:
      people: [SELECT, INSERT, UPDATE, DELETE]
      copies: [SELECT, INSERT]
      contacts: [SELECT]
      numbers: [SELECT]
    masks:
      people: { email: partial, card: last4, ssn: hash, phone: redact, score: hash, born: redact }
rules:
  - { id: all, when: "true", effect: allow, reason: masks are what is tested }
`;

const SCHEMA = `
CREATE TABLE people (gone int, id int PRIMARY KEY, name text, email text UNIQUE, card text, ssn varchar(20), phone text,
  score int, born date);
ALTER TABLE people DROP COLUMN gone;
CREATE TABLE copies (id int, note text);
CREATE TABLE numbers (n int, email text);
CREATE VIEW contacts AS SELECT id AS who, email AS reach_at FROM people;
INSERT INTO people VALUES
  (1, 'Ann', 'ann@secret.example', '4111222233334444', '078-05-1120', '5550001111', 77, '1990-02-03'),
  (2, 'Bob', 'ann@other.example', NULL, '078-05-1120', NULL, 77, NULL);
INSERT INTO numbers VALUES (1, 'in@the.clear');`;

describe('P-76: a masked value never reaches the client', () => {
  let server: TestPostgres;
  let gate: ReachGate;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startPostgres({ initSql: SCHEMA });
    gate = await openReachGate({ upstream: server.url(), policy: POLICY, values: {} });
    client = new pg.Client({ connectionString: gate.url });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await gate.close();
    await server.stop();
  });

  interface Shown {
    readonly rows: readonly (readonly unknown[])[];
    readonly problem: string;
  }

  async function ask(text: string, values: unknown[] = [], binary = false): Promise<Shown> {
    if (!text.startsWith('BEGIN')) await client.query('BEGIN');
    try {
      const query = { text, values, rowMode: 'array', binary };
      const result = (await client.query(query as unknown as pg.QueryArrayConfig)) as unknown;
      const results = (Array.isArray(result) ? result : [result]) as pg.QueryArrayResult[];
      return { rows: results.flatMap(({ rows }) => rows as unknown[][]), problem: '' };
    } catch (error) {
      const { message, detail = '', hint = '', where = '' } = error as pg.DatabaseError;
      return { rows: [], problem: [message, detail, hint, where].join(' | ') };
    } finally {
      await client.query('ROLLBACK');
    }
  }

  it('shows each kind in its own way, NULL as NULL, and equal values as equal', async () => {
    const { rows } = await ask('SELECT * FROM people ORDER BY id');
    const [ann, bob] = rows;
    expect(ann?.slice(0, 4)).toEqual([1, 'Ann', 'a**@******.*******', '************4444']);
    expect(ann?.[5]).toBe('[masked]');
    expect(ann?.[4]).toMatch(/^[0-9a-f]{16}$/u);
    expect(bob?.[4]).toBe(ann?.[4]);
    expect([bob?.[3], bob?.[5], bob?.[7], ann?.[7]]).toEqual([null, null, null, null]);
    expect(bob?.[6]).toBe(ann?.[6]);
    expect(ann?.[6]).not.toBe(77);
  });

  const SHOWN = [
    'SELECT email AS x, card, ssn, phone FROM people',
    'SELECT p.* FROM people AS p',
    'TABLE people',
    'SELECT q.x FROM (SELECT email AS x FROM people) q',
    'WITH c(y) AS (SELECT email FROM people) SELECT y FROM c',
    'SELECT DISTINCT email FROM people ORDER BY email',
    'SELECT a.email, b.card FROM people a JOIN people b ON a.email = b.email',
    'SELECT email FROM people a LEFT JOIN numbers n USING (email)',
    "SELECT email FROM people WHERE email = 'ann@secret.example'",
    "UPDATE people SET name = 'Anna' WHERE id = 1 RETURNING *",
    'DELETE FROM people WHERE id = 1 RETURNING email, card',
    'SELECT * FROM contacts',
    "INSERT INTO people (id, email) VALUES (9, 'new@person.example') ON CONFLICT (id) DO UPDATE SET email = excluded.email RETURNING id",
    'BEGIN; DECLARE c CURSOR FOR SELECT email FROM people; FETCH ALL FROM c',
    'PREPARE p AS SELECT email FROM people; EXECUTE p; DEALLOCATE p',
    'SELECT count(email), count(DISTINCT card) FROM people GROUP BY email HAVING max(id) > 0',
  ];
  it.each(SHOWN)('passes with masks: %s', async (text) => {
    for (const extended of [false, true]) {
      if (extended && text.includes(';')) continue;
      for (const binary of [false, true]) {
        const shown = await ask(extended ? `${text} /* again */` : text, [], binary && extended);
        expect(shown.problem).toBe('');
        expect(shown.rows.length).toBeGreaterThan(0);
        expectNoSecret(shown);
      }
    }
  });

  it('masks what an Execute gives that nobody described, in both formats', async () => {
    for (const binary of [false, true]) {
      const shown = await ask(
        'SELECT email, card, ssn, phone, score FROM people WHERE id = $1',
        [1],
        binary,
      );
      expect(shown.rows).toHaveLength(1);
      expectNoSecret(shown);
      expect(shown.rows[0]?.[0]).toBe('a**@******.*******');
    }
  });

  const REFUSED = [
    "SELECT email || '' FROM people",
    'SELECT lower(email), upper(card) FROM people',
    'SELECT p FROM people p',
    'SELECT p::text FROM people p',
    'SELECT row_to_json(p) FROM people p',
    'SELECT row(p.*) FROM people p',
    'SELECT (p).email || 1 FROM people p',
    'SELECT json_agg(x) FROM (SELECT email FROM people) x',
    'SELECT upper(y) FROM (SELECT email AS y FROM people) q',
    "WITH c(y) AS (SELECT email FROM people) SELECT y || '' FROM c",
    'SELECT min(email) FROM people',
    "SELECT string_agg(card, ',') FROM people",
    'SELECT array_agg(ssn) FROM people',
    'SELECT (SELECT email FROM people LIMIT 1)',
    'SELECT ARRAY(SELECT email FROM people)',
    'SELECT email FROM people UNION ALL SELECT name FROM people',
    'SELECT name FROM people UNION ALL SELECT email FROM people',
    'SELECT * FROM people UNION SELECT * FROM people',
    'WITH RECURSIVE r(e) AS (SELECT email FROM people UNION SELECT e FROM r) SELECT e FROM r',
    'SELECT coalesce(email, card) FROM people',
    "SELECT CASE WHEN email > 'b' THEN 1 ELSE 0 END FROM people",
    'SELECT v FROM people, LATERAL (VALUES (email)) AS x(v)',
    'SELECT v FROM people, LATERAL unnest(ARRAY[email]) AS v',
    'SELECT * FROM people, LATERAL (SELECT email || 1) AS x',
    'SELECT lag(email) OVER () FROM people',
    'COPY people TO STDOUT',
    'COPY people (email) TO STDOUT',
    'COPY (SELECT email FROM people) TO STDOUT',
    'INSERT INTO copies SELECT id, email FROM people',
    'INSERT INTO copies SELECT id, y FROM (SELECT id, email AS y FROM people) q',
    'CREATE TABLE stolen AS SELECT email FROM people',
    'SELECT email INTO stolen FROM people',
    'UPDATE people SET name = email',
    'UPDATE people SET (name) = (SELECT email FROM people LIMIT 1)',
    'UPDATE people SET name = (SELECT reach_at FROM contacts LIMIT 1)',
    'SELECT reach_at || 1 FROM contacts',
    'SELECT c FROM contacts c',
    'CREATE VIEW stolen AS SELECT email FROM people',
    'SELECT email FROM people FULL JOIN numbers USING (email)',
    "SELECT query_to_xml('SELECT email FROM people', true, true, '')",
  ];
  it.each(REFUSED)('refuses by name: %s', async (text) => {
    const shown = await ask(text);
    expect(shown.problem).toContain('blocked by agentguard');
    expectNoSecret(shown);
  });

  it.each([
    'SELECT id FROM people WHERE email::int = 1',
    'SELECT id FROM people ORDER BY card::int',
    "SELECT id FROM people WHERE (email || 'x')::date > now()",
    'UPDATE people SET id = 2 WHERE id = 1',
    "INSERT INTO people (id, email) VALUES (10, 'ann@secret.example')",
  ])('tells nothing by an error: %s', async (text) => {
    const shown = await ask(text);
    expect(shown.problem).not.toBe('');
    expectNoSecret(shown, text);
  });

  it('leaves alone what only has the same name', async () => {
    expect((await ask('SELECT email FROM numbers')).rows).toEqual([['in@the.clear']]);
    expect((await ask('SELECT lower(email) FROM numbers')).rows).toEqual([['in@the.clear']]);
  });

  function expectNoSecret(shown: Shown, own = ''): void {
    const text = JSON.stringify(shown);
    for (const secret of SECRETS) {
      if (!own.includes(secret)) expect(text).not.toContain(secret);
    }
  }
});
