/**
 * Any sequence of protocol messages, allowed, is answered through the gate as the server answers it directly: the same
 * messages, rows, tags, error codes and transaction states, and the same data afterwards.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { say } from '../../daemon/src/protocols/postgres/sample-messages.ts';
import { analyzeSql, loadSqlParser } from '../../rules/src/index.ts';
import { installedMajors } from '../servers/binaries.ts';
import { CANARY_PASSWORD, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { openGate, TOKEN, type Gate } from './gate.ts';
import { RawClient, type RawTarget } from './raw-client.ts';

const NAMES = ['', 'a', 'b'] as const;
const TEXTS = [
  'SELECT 1',
  'SELECT n FROM t ORDER BY n LIMIT 3',
  'INSERT INTO t VALUES (1)',
  'DELETE FROM t WHERE n = (SELECT max(n) FROM t)',
  'SELECT 1/0',
  'SELEC',
  'SELECT missing',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s',
  'ROLLBACK TO s',
  'PREPARE a AS SELECT 2',
  'EXECUTE a',
  'DEALLOCATE ALL',
  'DEALLOCATE a',
  `SET search_path = 'public'`,
  'SET LOCAL search_path = pg_catalog',
  'CREATE TEMP TABLE x(n int)',
  'DROP TABLE x',
  'DECLARE c CURSOR FOR SELECT n FROM t ORDER BY n',
  'FETCH 2 FROM c',
  '',
  'SELECT 1; SELECT 2',
  'INSERT INTO t VALUES (5); SELECT 1/0',
  'BEGIN; INSERT INTO t VALUES (6)',
] as const;

const name = fc.constantFrom(...NAMES);
const text = fc.constantFrom(...TEXTS);
const message: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: text.map((sql) => say.query(sql)) },
  { weight: 4, arbitrary: fc.tuple(name, text).map(([to, sql]) => say.parse(to, sql)) },
  { weight: 4, arbitrary: fc.tuple(name, name).map(([portal, to]) => say.bind(portal, to)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(name, fc.constantFrom(0, 1, 2))
      .map(([portal, rows]) => say.execute(portal, rows)),
  },
  { weight: 1, arbitrary: name.map((to) => say.describeStatement(to)) },
  { weight: 1, arbitrary: name.map((to) => say.describePortal(to)) },
  { weight: 1, arbitrary: name.map((to) => say.closeStatement(to)) },
  { weight: 1, arbitrary: name.map((to) => say.closePortal(to)) },
  { weight: 4, arbitrary: fc.constant(say.sync) },
  { weight: 1, arbitrary: fc.constant(say.flush) },
);

/** What a client sends in one piece, and whether it then waits for the answers. */
const pieces = fc.array(fc.array(message, { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 6,
});

const RESET = say.query('ROLLBACK; TRUNCATE t; INSERT INTO t SELECT generate_series(1, 9)');
const LOOK = say.query('SELECT array_agg(n ORDER BY n) FROM t');

/** Plays the pieces on a fresh connection, all sent at once, and then looks at the data on another. */
async function transcript(
  target: RawTarget,
  parts: readonly (readonly Buffer[])[],
): Promise<unknown> {
  const setup = await RawClient.login(target);
  setup.send(RESET);
  await setup.until('Z');
  const client = await RawClient.login(target);
  for (const part of parts) client.send(Buffer.concat(part));
  client.send(Buffer.concat([say.sync, say.terminate]));
  const said = await client.rest();
  setup.send(LOOK);
  const data = await setup.until('Z');
  setup.end();
  return { said: said.filter((line) => !UNCOMPARED.has(line)).map(normalize), data };
}

/** A Query that failed leaves a dead unnamed portal behind at the server; we say that there is none. Both refuse. */
function normalize(line: string): string {
  return line === 'E 34000' || line === 'E 25P02' ? 'E no such portal, or failed' : line;
}

/** Settings are reported when the server likes; notices come with SET LOCAL and COMMIT outside transactions. */
const UNCOMPARED = new Set(['S', 'N']);

for (const major of installedMajors()) {
  describe(`PostgreSQL ${major}`, () => {
    let server: TestPostgres;
    let gate: Gate;
    let direct: RawTarget;
    let guarded: RawTarget;

    beforeAll(async () => {
      server = await startPostgres({ major, initSql: 'create table t(n int)' });
      const parser = await loadSqlParser();
      gate = await openGate(server.url(), {
        analyze: (sql, context) => analyzeSql(sql, context, parser),
        recording: false,
      });
      direct = {
        port: server.port,
        user: 'postgres',
        password: CANARY_PASSWORD,
        database: 'postgres',
      };
      guarded = { port: gate.port, user: 'agent', password: TOKEN, database: 'main' };
    });

    afterAll(async () => {
      await gate.close();
      await server.stop();
    });

    it('answers through the gate are the answers of the server', async () => {
      await fc.assert(
        fc.asyncProperty(pieces, async (parts) => {
          const expected = await transcript(direct, parts);
          expect(await transcript(guarded, parts)).toEqual(expected);
        }),
        { numRuns: 150 },
      );
    });
  });
}
