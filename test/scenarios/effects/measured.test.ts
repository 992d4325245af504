import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settle, startEffectsStage, type EffectsStage } from './effects-stage.ts';

let stage: EffectsStage;
let client: pg.Client;

beforeAll(async () => {
  stage = await startEffectsStage();
});
afterAll(() => stage.stop());

beforeEach(async () => {
  await stage.reset();
  client = await stage.connect();
});

describe('a statement within its limit (P-81)', () => {
  const within: readonly (readonly [string, string | pg.QueryConfig, number])[] = [
    ['a Query', 'update users set name = name || 1 where id <= 5', 5],
    ['with values', { text: 'update users set name = $1 where id <= $2', values: ['x', 3] }, 3],
    [
      'prepared by name',
      { name: 'p1', text: 'delete from counters where id = $1', values: [1] },
      1,
    ],
    [
      'of several statements',
      'update users set name = 1 where id = 1; update users set name = 2 where id = 2',
      1,
    ],
    ['that changes nothing', 'delete from users where id = 12345', 0],
  ];
  it.each(within)(
    '%s passes without a question, and is there for others',
    async (_, query, rows) => {
      const done = await settle(client, query);
      expect(done).toMatchObject({ ok: true });
      if (typeof done.rowCount === 'number') expect(done.rowCount).toBe(rows);
      expect(await stage.guard.questions()).toEqual([]);
      const [row] = await stage.server.sql(
        `select count(*)::int as n from pg_stat_activity where state like 'idle in transaction%'
        and application_name not like 'agentguard%'`,
      );
      expect(row).toEqual({ n: 0 });
    },
  );

  it('gives its RETURNING rows', async () => {
    const done = await settle(client, {
      text: 'update users set name = $1 where id <= 2 returning id, name',
      values: ['new'],
    });
    expect(done.rows).toEqual([
      { id: 1, name: 'new' },
      { id: 2, name: 'new' },
    ]);
    expect(await stage.count('users', `name = 'new'`)).toBe(2);
  });

  it('that fails gives the words of the server, and the connection goes on', async () => {
    expect(await settle(client, 'insert into users values (1, null)')).toMatchObject({
      code: '23502',
    });
    expect(
      await settle(client, { text: 'insert into users values ($1, $2)', values: [1, 'twice'] }),
    ).toMatchObject({ code: '23505' });
    expect(await settle(client, 'select 1 as one')).toMatchObject({ rows: [{ one: 1 }] });
    expect(await settle(client, 'update users set name = 1 where id = 1')).toMatchObject({
      ok: true,
    });
  });
});

describe('a statement over its limit (P-81)', () => {
  it('is rolled back and asked about with exact numbers, cascades and triggers included', async () => {
    const asked = settle(client, 'delete from users where id = 2');
    const question = await stage.guard.answer('deny');
    expect(question).toMatchObject({
      notMeasured: null,
      reasons: [{ rule: 'limit/rows-changed' }],
    });
    expect(question.reasons[0]?.reason).toBe('it changes 16 rows, and the limit is 5 rows');
    expect(question.measured).toEqual({
      'deleted public.items': 5,
      'deleted public.orders': 5,
      'deleted public.users': 1,
      'inserted public.trail': 5,
    });
    expect(question.effects.join('\n')).toContain('deletes 1 row of public.users');
    expect(question.effects.join('\n')).toContain(
      'deletes 5 rows of public.orders (through cascade',
    );
    expect(await asked).toMatchObject({ ok: false, code: '42501' });
    expect(await stage.count('users')).toBe(20);
    expect(await stage.count('orders')).toBe(100);
    expect(await stage.count('trail')).toBe(0);
  });

  it('holds no lock and no transaction while a person thinks', async () => {
    const asked = settle(client, 'update orders set total = 0 where id < 50');
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    const [locks] = await stage.server.sql(
      `select count(*)::int as n from pg_locks l join pg_class c on c.oid = l.relation where c.relname = 'orders'`,
    );
    expect(locks).toEqual({ n: 0 });
    await stage.guard.answer('approve');
    expect(await asked).toMatchObject({ ok: true, rowCount: 49 });
    expect(await stage.count('orders', 'total = 0')).toBe(49);
  });

  it('that grew while the person thought is asked about again, and committed within the new numbers only', async () => {
    const asked = settle(client, {
      text: 'delete from counters where id > $1 returning id',
      values: [2],
    });
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    await stage.server.sql('insert into counters values (11, 11)');
    const first = await stage.guard.answer('approve');
    expect(first.measured).toEqual({ 'deleted public.counters': 8 });
    await expect.poll(async () => (await stage.guard.questions())[0]?.generation).toBe(2);
    expect(await stage.count('counters')).toBe(11);
    const second = await stage.guard.answer('approve');
    expect(second.measured).toEqual({ 'deleted public.counters': 9 });
    expect(await asked).toMatchObject({ ok: true, rowCount: 9 });
    expect(await stage.count('counters')).toBe(2);
  });

  it('that shrank meanwhile is committed', async () => {
    const asked = settle(client, 'delete from counters where id > 2');
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    await stage.server.sql('delete from counters where id = 10');
    await stage.guard.answer('approve');
    expect(await asked).toMatchObject({ ok: true, rowCount: 7 });
  });
});

describe('sums (P-81)', () => {
  it('of a transaction count, and what was within before stays', async () => {
    await client.query('begin');
    expect(await settle(client, 'delete from counters where id <= 3')).toMatchObject({ ok: true });
    const asked = settle(client, 'delete from counters where id in (4, 5, 6)');
    const question = await stage.guard.answer('deny');
    expect(question.reasons[0]?.reason).toContain('this transaction changes 6 rows');
    expect(await asked).toMatchObject({ code: '42501' });
    await client.query('rollback');
    expect(await stage.count('counters')).toBe(10);
  });

  it('of a session count over its connections', async () => {
    const other = await stage.connect();
    expect(await settle(client, 'delete from counters where id <= 3')).toMatchObject({ ok: true });
    const asked = settle(other, 'delete from notes where id <= 2');
    const question = await stage.guard.answer('approve');
    expect(question.reasons[0]?.reason).toContain('this session changes 7 rows');
    expect(await asked).toMatchObject({ ok: true });
    // A person saw the sum, so it begins anew.
    expect(await settle(other, 'update users set name = 1 where id <= 5')).toMatchObject({
      ok: true,
    });
  });
});

describe("a client's own transaction", () => {
  it('goes on behind a measured statement, and its end is its own', async () => {
    await client.query('begin');
    await client.query({ text: 'update users set name = $1 where id = 1', values: ['mine'] });
    expect(await settle(client, 'select name from users where id = 1')).toMatchObject({
      rows: [{ name: 'mine' }],
    });
    await client.query('rollback');
    expect(await stage.count('users', `name = 'mine'`)).toBe(0);
    await client.query('begin');
    await client.query('update users set name = $1 where id = 1', ['mine']);
    await client.query('commit');
    expect(await stage.count('users', `name = 'mine'`)).toBe(1);
  });

  it('keeps what came before a denied statement until the client rolls back', async () => {
    await client.query('begin');
    await client.query('update users set name = $1 where id = 1', ['mine']);
    await client.query('savepoint mine');
    const asked = settle(client, 'delete from counters');
    await stage.guard.answer('deny');
    expect(await asked).toMatchObject({ code: '42501' });
    expect(await settle(client, 'select 1')).toMatchObject({ code: '25P02' });
    await client.query('rollback to mine');
    await client.query('commit');
    expect(await stage.count('users', `name = 'mine'`)).toBe(1);
    expect(await stage.count('counters')).toBe(10);
  });

  it('approved inside it, is committed with it', async () => {
    await client.query('begin');
    const asked = settle(client, { text: 'delete from counters where id > $1', values: [0] });
    await stage.guard.answer('approve');
    expect(await asked).toMatchObject({ rowCount: 10 });
    expect(await stage.count('counters')).toBe(10);
    await client.query('commit');
    expect(await stage.count('counters')).toBe(0);
  });
});

describe('a limit on rows that are returned', () => {
  it('lets as many through', async () => {
    client = await stage.connect('free');
    const done = await settle(client, 'select * from orders limit 60');
    expect(done).toMatchObject({ ok: true, rowCount: 60 });
    expect(await settle(client, 'select 1 as one')).toMatchObject({ rows: [{ one: 1 }] });
  });

  it.each([
    'select * from orders',
    'select * from orders a, orders b',
    { text: 'select * from orders where id > $1', values: [1] },
  ])('stops at the next one, in words: %j', async (sql) => {
    client = await stage.connect('free');
    expect(await settle(client, sql)).toMatchObject({ ok: false, code: '54000' });
    const next = await stage.connect('free');
    expect(await settle(next, 'select 1 as one')).toMatchObject({ rows: [{ one: 1 }] });
  });
});

describe('without a limit', () => {
  beforeEach(async () => {
    client = await stage.connect('free');
  });

  const destructive: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
    ['delete from notes', { 'deleted public.notes': 10, 'inserted public.notes_archive': 10 }],
    ['truncate plain', { 'emptied public.plain': 30 }],
    [
      'truncate users cascade',
      {
        'emptied public.users': 20,
        'emptied public.orders': 100,
        'emptied public.items': 100,
      },
    ],
    ['update events set what = null', { 'updated public.events': 24 }],
    ['drop table plain', { 'removed table public.plain': 1 }],
    [
      'delete from counters where true; delete from plain',
      { 'deleted public.counters': 10, 'deleted public.plain': 30 },
    ],
  ];
  it.each(destructive)('the question about `%s` has the numbers', async (sql, numbers) => {
    const asked = settle(client, sql);
    const question = await stage.guard.answer('deny');
    expect(question.measured).toMatchObject(numbers);
    expect(await asked).toMatchObject({ code: '42501' });
    expect(await stage.count('plain')).toBe(30);
    expect(await stage.count('users')).toBe(20);
  });

  it.each(['truncate plain', 'drop table plain', 'delete from plain'])(
    '`%s` is done once it is approved',
    async (sql) => {
      await stage.server.sql('create table if not exists plain (a int, b text)');
      const asked = settle(client, sql);
      await stage.guard.answer('approve');
      expect(await asked).toMatchObject({ ok: true });
      const [row] = await stage.server.sql(`select to_regclass('plain') is null as gone`);
      if (sql.startsWith('drop')) {
        expect(row).toEqual({ gone: true });
        await stage.server.sql('create table plain (a int, b text)');
      } else expect(await stage.count('plain')).toBe(0);
    },
  );

  it('a bounded change is not held at all', async () => {
    expect(await settle(client, 'update orders set total = 1 where id < 60')).toMatchObject({
      rowCount: 59,
    });
  });
});
