import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startClientStage, type ClientStage } from './client-stage.ts';

let stage: ClientStage;
let sql: postgres.Sql;

beforeAll(async () => {
  stage = await startClientStage();
});
afterAll(() => stage.stop());
afterEach(() => sql.end({ timeout: 1 }));

function connect(options: postgres.Options<Record<string, never>> = {}): postgres.Sql {
  sql = postgres(stage.session.url('development'), {
    max: 1,
    onnotice: () => undefined,
    ...options,
  });
  return sql;
}

describe('postgres.js through the guard (P-21)', () => {
  it('pipelines by default, and answers come in order', async () => {
    connect();
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, at) => sql<{ n: number }[]>`select ${at}::int as n`),
    );
    expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 300 }, (_, at) => at));
  });

  it('a denial in the middle of a pipeline hits that query alone (P-07)', async () => {
    connect();
    const answers = await Promise.allSettled([
      sql`select 1 as n`,
      sql`truncate payments`,
      sql`select 2 as n`,
      sql`delete from payments`,
      sql`select 3 as n`,
    ]);
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await stage.sql('select count(*)::int as n from payments')).toEqual([{ n: 200 }]);
  });

  it('builds inserts, updates and lists', async () => {
    connect();
    const made = await sql<{ id: number }[]>`
      insert into customers ${sql([
        { tenant_id: 1, name: 'pj 1', email: 'pj1@example.org' },
        { tenant_id: 2, name: 'pj 2', email: null },
      ])} returning id`;
    const ids = made.map(({ id }) => id);
    await sql`update customers set ${sql({ notes: 'by helper', vip: true })} where id in ${sql(ids)}`;
    expect(await sql`select notes, vip from customers where id = any(${ids})`).toEqual([
      { notes: 'by helper', vip: true },
      { notes: 'by helper', vip: true },
    ]);
    await sql`delete from customers where id in ${sql(ids)}`;
  });

  it('passes types there and back', async () => {
    connect();
    const [row] = await sql`select ${sql.json({ a: [1, { b: null }] })}::jsonb as j,
      ${[1, 2, 3]}::int[] as l, ${new Date('2025-01-01T00:00:00Z')}::timestamptz as t,
      ${'9007199254740993'}::bigint as big, ${Buffer.from([0, 255])}::bytea as b, ${null}::text as n`;
    expect(row).toEqual({
      j: { a: [1, { b: null }] },
      l: [1, 2, 3],
      t: new Date('2025-01-01T00:00:00Z'),
      big: '9007199254740993',
      b: Buffer.from([0, 255]),
      n: null,
    });
  });

  it('runs transactions with savepoints, and rolls them back on a denial', async () => {
    connect();
    await sql.begin(async (tx) => {
      await tx`update customers set notes = 'tx' where id = 30`;
      await tx
        .savepoint(async (sp) => {
          await sp`update customers set notes = 'sp' where id = 30`;
          throw new Error('back');
        })
        .catch(() => undefined);
    });
    await expect(
      sql.begin(async (tx) => {
        await tx`update customers set notes = 'gone' where id = 30`;
        await tx`delete from customers`;
      }),
    ).rejects.toMatchObject({ code: '42501' });
    expect(await stage.sql('select notes from customers where id = 30')).toEqual([{ notes: 'tx' }]);
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it('reads by cursor', async () => {
    connect();
    const seen: number[] = [];
    for await (const rows of sql<{ id: number }[]>`select id::int from payments order by id`.cursor(
      37,
    )) {
      seen.push(...rows.map(({ id }) => id));
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
  });

  it('leaves a cursor early and goes on', async () => {
    connect();
    for await (const rows of sql`select generate_series(1, 100000) as n`.cursor(10)) {
      expect(rows).toHaveLength(10);
      break;
    }
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it('listens and notifies over connections of its own', async () => {
    connect({ max: 2 });
    const heard: string[] = [];
    const listening = await sql.listen('bookings', (payload) => heard.push(payload));
    await sql.notify('bookings', 'from postgres.js');
    await expect.poll(() => heard).toEqual(['from postgres.js']);
    await listening.unlisten();
  });

  it('copies in and out', async () => {
    connect();
    const lines = Array.from({ length: 5000 }, (_, at) => `${at + 100_000}\trow ${at}\n`);
    const down = await sql`copy imported_reservations (id, status) from stdin`.writable();
    await pipeline(Readable.from(lines), down);
    const up =
      await sql`copy (select id, status from imported_reservations where id >= 100000 order by id) to stdout`.readable();
    const chunks: Buffer[] = [];
    for await (const chunk of up) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe(lines.join(''));
  });

  it('cancels a query and goes on', async () => {
    connect({ max: 1 });
    await sql`select 1`;
    const sleeping = sql`select pg_sleep(30)`;
    const ended = expect(sleeping).rejects.toMatchObject({ code: '57014' });
    setTimeout(() => sleeping.cancel(), 200);
    await ended;
    expect(await sql`select 2 as two`).toEqual([{ two: 2 }]);
  });

  it('describes without running', async () => {
    connect();
    const described = await sql`select id, name from customers where id = ${1}`.describe();
    expect(described.columns.map(({ name }) => name)).toEqual(['id', 'name']);
  });

  it('works without prepared statements', async () => {
    connect({ prepare: false });
    expect(await sql`select ${5}::int as n`).toEqual([{ n: 5 }]);
    expect(await sql.unsafe('select 1 as a; select 2 as b')).toEqual([[{ a: 1 }], [{ b: 2 }]]);
    await expect(sql.unsafe('select 1; drop table telemetry')).rejects.toMatchObject({
      code: '42501',
    });
  });
});
