import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../hostile/wire/raw-client.ts';
import { query } from '../hostile/wire/frames.ts';
import { TRAPS_SQL } from '../scenarios/rental/schema.ts';
import { startClientStage, type ClientStage } from './client-stage.ts';

let stage: ClientStage;

beforeAll(async () => {
  stage = await startClientStage({ more: [TRAPS_SQL] });
});
afterAll(() => stage.stop());

async function withClient<T>(act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(stage.session.url('development'));
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

describe('node-postgres through the guard (P-21)', () => {
  it('passes values of every ordinary type there and back', () =>
    withClient(async (client) => {
      const values = [
        42,
        '9007199254740993',
        '12.50',
        true,
        `it's ; -- DROP TABLE`,
        new Date('2025-03-01T10:00:00Z'),
        Buffer.from([0, 1, 255, 92]),
        { a: [1, 'x'], '"': null },
        [1, 2, 3],
        ['a,b', 'c"d', null],
        null,
      ];
      const types = [
        'int',
        'bigint',
        'numeric',
        'boolean',
        'text',
        'timestamptz',
        'bytea',
        'jsonb',
        'int[]',
        'text[]',
        'text',
      ];
      const list = types.map((type, at) => `$${at + 1}::${type} as v${at}`).join(', ');
      const { rows } = await client.query(`select ${list}`, values);
      expect(Object.values(rows[0] as object)).toEqual(values);
    }));

  it('runs a named prepared statement many times', () =>
    withClient(async (client) => {
      for (let id = 1; id <= 50; id += 1) {
        const { rows } = await client.query<{ name: string }>({
          name: 'customer',
          text: 'select name from customers where id = $1',
          values: [id],
        });
        expect(rows).toEqual([{ name: `customer ${id}` }]);
      }
    }));

  it('sends a queue of queries without waiting, and answers come in order', () =>
    withClient(async (client) => {
      const asked = Array.from({ length: 200 }, (_, at) =>
        client.query<{ n: number }>('select $1::int as n', [at]),
      );
      const answers = await Promise.all(asked);
      expect(answers.map(({ rows }) => rows[0]?.n)).toEqual(asked.map((_, at) => at));
    }));

  it('commits, rolls back, and keeps savepoints', () =>
    withClient(async (client) => {
      await client.query('begin');
      await client.query(`update customers set notes = 'kept' where id = 1`);
      await client.query('savepoint s');
      await client.query(`update customers set notes = 'lost' where id = 1`);
      await client.query('rollback to savepoint s');
      await client.query('commit');
      await client.query('begin');
      await client.query(`update customers set notes = 'lost, too' where id = 1`);
      await client.query('rollback');
      expect(await stage.sql('select notes from customers where id = 1')).toEqual([
        { notes: 'kept' },
      ]);
    }));

  it.each([
    ['an error of the server', 'select 1 / 0', '22012'],
    ['text that does not parse', 'selec 1', '42501'],
    ['a missing table', 'select * from nowhere', '42P01'],
    ['a violated constraint', `insert into tenants values (1, 'twice')`, '23505'],
    ['a denial', 'truncate reservations', '42501'],
  ])('is usable after %s', (_name, text, code) =>
    withClient(async (client) => {
      await expect(client.query(text)).rejects.toMatchObject({ code });
      await expect(client.query({ text, values: [] })).rejects.toMatchObject({ code });
      const { rows } = await client.query('select 1 as one');
      expect(rows).toEqual([{ one: 1 }]);
    }),
  );

  it('gets a denial that says what to do instead (P-07)', () =>
    withClient(async (client) => {
      const error: unknown = await client.query('delete from payments').catch((e: unknown) => e);
      expect(error).toMatchObject({
        code: '42501',
        severity: 'ERROR',
        message: expect.stringContaining('every row of public.payments') as string,
        detail: expect.stringMatching(/decision dec-/) as string,
        hint: expect.stringMatching(/approval/) as string,
      });
    }));

  it('shares a pool of connections', async () => {
    const pool = new pg.Pool({ connectionString: stage.session.url('development'), max: 8 });
    const answers = await Promise.all(
      Array.from({ length: 120 }, async (_, at) => {
        const { rows } = await pool.query<{ n: string }>(
          `select count(*) as n from payments where id <= $1`,
          [at],
        );
        return Number(rows[0]?.n);
      }),
    );
    expect(answers).toEqual(Array.from({ length: 120 }, (_, at) => at));
    await pool.end();
  });

  it('listens and notifies', () =>
    withClient(async (listener) => {
      const heard: string[] = [];
      listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
      await listener.query('listen bookings');
      await withClient(async (sender) => {
        await sender.query(`notify bookings, 'one'`);
        await sender.query(`select pg_notify('bookings', $1)`, ['two']);
      });
      await expect.poll(() => heard).toEqual(['one', 'two']);
    }));

  it('hears notices', () =>
    withClient(async (client) => {
      const notices: string[] = [];
      client.on('notice', ({ message }) => notices.push(message ?? ''));
      await client.query('drop table if exists pg_temp.never_there');
      expect(notices.join()).toContain('does not exist, skipping');
    }));

  it('copies in and out', () =>
    withClient(async (client) => {
      const lines = Array.from({ length: 20_000 }, (_, at) => `${at + 10_000},row ${at}\n`);
      const down = client.query(
        copyFrom('COPY imported_reservations (id, status) FROM STDIN (FORMAT csv)'),
      );
      await pipeline(Readable.from(lines), down);
      const chunks: Buffer[] = [];
      const up = client.query(
        copyTo(
          'COPY (SELECT id, status FROM imported_reservations WHERE id >= 10000 ORDER BY id) TO STDOUT (FORMAT csv)',
        ),
      );
      for await (const chunk of up) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toBe(lines.join(''));
      const { rows } = await client.query('select 1 as one');
      expect(rows).toEqual([{ one: 1 }]);
    }));

  it('is usable after a COPY that it gave up', () =>
    withClient(async (client) => {
      const down = client.query(copyFrom('COPY imported_reservations (id) FROM STDIN'));
      const broken = Readable.from(['90000\n', 'not a number\n']);
      await expect(pipeline(broken, down)).rejects.toMatchObject({ code: '22P02' });
      const { rows } = await client.query('select 1 as one');
      expect(rows).toEqual([{ one: 1 }]);
    }));

  it('cannot copy into what runs a trap, and is usable afterwards', () =>
    withClient(async (client) => {
      const down = client.query(copyFrom('COPY drop_box (body) FROM STDIN'));
      await expect(pipeline(Readable.from(['x\n']), down)).rejects.toMatchObject({ code: '42501' });
      expect(await stage.sql('select count(*)::int as n from payments')).toEqual([{ n: 200 }]);
      const { rows } = await client.query('select 1 as one');
      expect(rows).toEqual([{ one: 1 }]);
    }));
});

/** Growth that a stream of any length may cost the daemon. The stream below is some 110 MB. */
const MAX_GROWTH_KIB = 96 * 1024;

describe('large results (P-17)', () => {
  it('a million rows pass while a slow client reads, and the daemon stays small', async () => {
    const pid = await stage.guard.pid();
    const before = residentKib(pid);
    const client = await RawClient.login(stage.session.url('development'));
    client.keepNothing();
    client.pause();
    client.send(query(`SELECT g, repeat('x', 100) FROM generate_series(1, 1000000) g`));
    await new Promise((resolve) => setTimeout(resolve, 700));
    const held = residentKib(pid);
    client.resume();
    await client.untilCount('Z', 2);
    expect(client.dropped('D')).toBe(1_000_000);
    expect(held - before).toBeLessThan(MAX_GROWTH_KIB);
    expect(residentKib(pid) - before).toBeLessThan(MAX_GROWTH_KIB);
    client.destroy();
  });

  it('a million rows pass by COPY in and out (P-21)', () =>
    withClient(async (client) => {
      const pid = await stage.guard.pid();
      const before = residentKib(pid);
      await client.query('create temp table many (n int, filler text)');
      const rows = function* (): Generator<string> {
        for (let at = 0; at < 1000; at += 1) yield `${at}\t${'y'.repeat(60)}\n`.repeat(1000);
      };
      await pipeline(Readable.from(rows()), client.query(copyFrom('COPY many FROM STDIN')));
      let bytes = 0;
      const count = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          bytes += chunk.length;
          done();
        },
      });
      await pipeline(client.query(copyTo('COPY many TO STDOUT')), count);
      expect(bytes).toBe([...rows()].reduce((sum, text) => sum + text.length, 0));
      expect(residentKib(pid) - before).toBeLessThan(MAX_GROWTH_KIB);
    }));
});

/** Memory of a process that is in RAM; 0 where the system does not say. */
function residentKib(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
