/** Unmodified clients through the gate to a real server: what they ordinarily do, and what they see when something is refused. */

import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installedMajors } from '../servers/binaries.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { hasPsql, runPsql } from '../servers/psql.ts';
import { EXPIRED_TOKEN, openGate, TOKEN, type Gate } from './gate.ts';

const INIT = `create table items(id int primary key, note text);
insert into items select n, 'note ' || n from generate_series(1, 10) n;`;

for (const major of installedMajors()) {
  describe(`PostgreSQL ${major}`, () => {
    let server: TestPostgres;
    let gate: Gate;

    beforeAll(async () => {
      server = await startPostgres({ major, initSql: INIT });
      gate = await openGate(server.url());
    });

    afterAll(async () => {
      await gate.close();
      await server.stop();
    });

    beforeEach(() => {
      gate.judgeBy((text) => (/forbidden|^delete/i.test(text) ? 'deny' : 'allow'));
      gate.record.length = 0;
    });

    async function connect(url = gate.url()): Promise<pg.Client> {
      const client = new pg.Client(url);
      await client.connect();
      return client;
    }

    async function codeOf(promise: Promise<unknown>): Promise<string> {
      try {
        await promise;
        return 'no error';
      } catch (error) {
        return (error as { code?: string }).code ?? String(error);
      }
    }

    it('node-postgres reads by simple and by extended protocol', async () => {
      const client = await connect();
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      expect((await client.query('select note from items where id = $1', [3])).rows).toEqual([
        { note: 'note 3' },
      ]);
      await client.end();
      await expect.poll(() => gate.record.filter(({ kind }) => kind === 'outcome').length).toBe(2);
    });

    it('one intent is recorded per executed statement, with its values', async () => {
      const client = await connect();
      await client.query({ name: 'by-id', text: 'select $1::int', values: [1] });
      await client.query({ name: 'by-id', text: 'select $1::int', values: [2] });
      await client.end();
      const intents = gate.record.filter((line) => line.kind === 'intent');
      expect(intents.map(({ text }) => text)).toEqual([
        'select $1::int\n-- $1 = "1"',
        'select $1::int\n-- $1 = "2"',
      ]);
    });

    it('a denied Query leaves the connection healthy and changes nothing', async () => {
      const client = await connect();
      expect(await codeOf(client.query('delete from items'))).toBe('42501');
      expect((await client.query('select count(*)::int as n from items')).rows).toEqual([
        { n: 10 },
      ]);
      await client.end();
    });

    it('a denied statement in a transaction fails the transaction until ROLLBACK', async () => {
      const client = await connect();
      await client.query('begin');
      await client.query("insert into items values (100, 'new')");
      expect(await codeOf(client.query('delete from items where id = $1', [1]))).toBe('42501');
      expect(await codeOf(client.query('select 1'))).toBe('25P02');
      await client.query('rollback');
      expect((await client.query('select count(*)::int as n from items')).rows).toEqual([
        { n: 10 },
      ]);
      await client.end();
    });

    it('a denied Parse does not let the earlier unnamed statement run again', async () => {
      const client = await connect();
      await client.query('insert into items values ($1, $2)', [200, 'once']);
      expect(await codeOf(client.query('delete from items where id = $1', [200]))).toBe('42501');
      const { rows } = await client.query('select count(*)::int as n from items where id = 200');
      expect(rows).toEqual([{ n: 1 }]);
      await server.sql('delete from items where id = 200');
      await client.end();
    });

    it('postgres.js pipelines, prepares and recovers from a denial', async () => {
      const sql = postgres(gate.url(), { max: 1 });
      const results = await Promise.all(
        [1, 2, 3, 4, 5].map((id) => sql`select note from items where id = ${id}`),
      );
      expect(results.map((rows) => rows[0]?.['note'] as string)).toEqual(
        [1, 2, 3, 4, 5].map((id) => `note ${id}`),
      );
      expect(await codeOf(sql`delete from items where id = ${1}`)).toBe('42501');
      const begun = sql.begin(async (tx) => {
        await tx`insert into items values (300, 'tx')`;
        await tx`select forbidden`;
      });
      expect(await codeOf(begun)).toBe('42501');
      expect(await sql`select count(*)::int as n from items`).toEqual([{ n: 10 }]);
      await sql.end();
    });

    it('COPY flows both ways', async () => {
      const client = await connect();
      await client.query('create temp table bulk(n int, t text)');
      const rows = Array.from({ length: 20_000 }, (_, n) => `${n}\trow ${n}\n`);
      await pipeline(Readable.from(rows), client.query(copyFrom('copy bulk from stdin')));
      let bytes = 0;
      const count = new Writable({
        write(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          done();
        },
      });
      await pipeline(client.query(copyTo('copy bulk to stdout')), count);
      expect(bytes).toBe(rows.join('').length);
      const outcomes = gate.record.filter((line) => line.kind === 'outcome');
      const [written, read] = outcomes.filter(({ text }) => text.startsWith('copy'));
      expect(written?.outcome.rowsChanged).toBe(20_000);
      expect(read?.outcome.rowsReturned).toBe(20_000);
      await client.end();
    });

    it('a COPY that the server rejects leaves the connection usable', async () => {
      const client = await connect();
      await client.query('create temp table strict_n(n int)');
      const bad = pipeline(
        Readable.from(['1\n', 'x\n', '2\n']),
        client.query(copyFrom('copy strict_n from stdin')),
      );
      expect(await codeOf(bad)).toBe('22P02');
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await client.end();
    });

    it('a large result streams through', async () => {
      const client = await connect();
      const { rows } = await client.query<{ t: string }>(
        `select n, repeat('x', 200) as t from generate_series(1, 50000) n`,
      );
      expect(rows.length).toBe(50_000);
      await client.end();
    });

    it('LISTEN gets notifications while idle', async () => {
      const client = await connect();
      await client.query('listen news');
      const told = once(client, 'notification');
      await server.sql(`notify news, 'hello'`);
      const [message] = (await told) as [{ payload: string }];
      expect(message.payload).toBe('hello');
      await client.end();
    });

    it('a cancel request stops what runs, and only for its own key', async () => {
      const client = await connect();
      const running = codeOf(client.query('select pg_sleep(30)'));
      const { processID, secretKey } = client as unknown as {
        processID: number;
        secretKey: number;
      };
      await expect.poll(() => gate.record.length).toBe(1);
      await cancel(gate.port, processID, (secretKey + 1) | 0);
      await cancel(gate.port, processID, secretKey);
      expect(await running).toBe('57014');
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await client.end();
    });

    it('cancelling while the question is open denies it, and the connection lives on', async () => {
      gate.judgeBy((text) => (text.startsWith('delete') ? 'ask' : 'allow'));
      const client = await connect();
      const running = codeOf(client.query('delete from items'));
      await expect.poll(() => gate.waiting.size).toBe(1);
      const { processID, secretKey } = client as unknown as {
        processID: number;
        secretKey: number;
      };
      await cancel(gate.port, processID, secretKey);
      expect(await running).toBe('57014');
      expect((await client.query('select count(*)::int as n from items')).rows).toEqual([
        { n: 10 },
      ]);
      await client.end();
    });

    it('an approved statement runs after the wait', async () => {
      gate.judgeBy((text) => (text.startsWith('update') ? 'ask' : 'allow'));
      const client = await connect();
      const running = client.query(`update items set note = 'note 1' where id = 1`);
      await expect.poll(() => gate.waiting.size).toBe(1);
      for (const answer of gate.waiting.values()) answer('allow');
      expect((await running).rowCount).toBe(1);
      await client.end();
    });

    it('a client that leaves while the question is open executes nothing', async () => {
      gate.judgeBy((text) => (text.startsWith('delete') ? 'ask' : 'allow'));
      const client = await connect();
      client.on('error', () => undefined);
      client.query('delete from items').catch(() => undefined);
      await expect.poll(() => gate.waiting.size).toBe(1);
      (
        client as unknown as { connection: { stream: { destroy(): void } } }
      ).connection.stream.destroy();
      await expect.poll(() => gate.waiting.size).toBe(0);
      expect(await server.sql('select count(*)::int as n from items')).toEqual([{ n: 10 }]);
    });

    it('a session that ends takes its connections with it, with a clear word', async () => {
      const client = await connect();
      client.on('error', () => undefined);
      const told = once(client, 'error');
      gate.endSession('revoked');
      const [error] = (await told) as [{ code: string }];
      expect(error.code).toBe('57P01');
    });

    it('a wrong token, an expired one and a foreign database are told apart', async () => {
      expect(await codeOf(connect(gate.url('main', 'wrong')))).toBe('28P01');
      expect(await codeOf(connect(gate.url('main', EXPIRED_TOKEN)))).toBe('28P01');
      expect(await codeOf(connect(gate.url('other', TOKEN)))).toBe('3D000');
    });

    it('cursors and portals with a row limit work across the gate', async () => {
      const client = await connect();
      await client.query('begin');
      await client.query('declare c cursor for select id from items order by id');
      expect((await client.query('fetch 3 from c')).rowCount).toBe(3);
      await client.query('commit');
      const sql = postgres(gate.url(), { max: 1 });
      const seen: number[] = [];
      await sql`select id from items order by id`.cursor(4, (rows) => {
        seen.push(...rows.map((row) => row['id'] as number));
      });
      expect(seen.length).toBe(10);
      await sql.end();
      await client.end();
    });

    it('several statements in one Query are one operation', async () => {
      const client = await connect();
      await client.query(`begin; insert into items values (400, 'x'); rollback`);
      await client.end();
      const outcomes = gate.record.filter((line) => line.kind === 'outcome');
      expect(outcomes.map(({ outcome }) => outcome.tags)).toEqual([
        ['BEGIN', 'INSERT 0 1', 'ROLLBACK'],
      ]);
    });

    it.runIf(hasPsql())('psql connects and runs', async () => {
      const result = await runPsql(gate.url(), 'select count(*) from items');
      expect(result).toEqual({ ok: true, output: '10', errors: '' });
    });
  });
}

/** Sends a cancel request as a client does. */
async function cancel(port: number, processId: number, secret: number): Promise<void> {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(80_877_102, 4);
  packet.writeInt32BE(processId, 8);
  packet.writeInt32BE(secret, 12);
  socket.end(packet);
  socket.resume();
  await once(socket, 'close');
}
