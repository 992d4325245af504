import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  client = await stage.connect('free');
});

/** Every row of every table, in one text each. */
async function everything(): Promise<Readonly<Record<string, string>>> {
  const tables = await stage.server.sql(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`,
  );
  const contents: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await stage.server.sql(
      `select string_agg(t::text, E'\n' order by t::text) as rows from only public."${String(name)}" t`,
    );
    contents[String(name)] = String(row?.['rows']);
  }
  return contents;
}

const OPERATIONS: readonly (readonly [string, string])[] = [
  ['a DELETE with cascades and a trigger', 'delete from users where true'],
  ['an UPDATE with a trigger', 'update orders set total = total + 1'],
  ['an UPDATE of keys that others follow', 'update users set id = id + 1000'],
  ['an UPDATE over partitions that moves rows', `update events set day = day + 200`],
  ['a TRUNCATE', 'truncate counters'],
  ['a TRUNCATE with cascades', 'truncate users cascade'],
  ['a DELETE with a rule', 'delete from notes'],
  ['several statements', 'delete from counters; update users set name = name || 1'],
  [
    'a MERGE',
    'merge into counters c using (select 1) s on true when matched and c.id < 5 then delete when matched then update set n = 0',
  ],
];

describe('undo (P-82)', () => {
  it.each(OPERATIONS)('of %s leaves every row of every table as it was', async (_, sql) => {
    const before = await everything();
    const asked = settle(client, sql);
    const question = await stage.guard.answer('approve');
    expect(question.undo).toContain('can be undone');
    expect(await asked).toMatchObject({ ok: true });
    expect(await everything()).not.toEqual(before);
    const undone = await stage.guard.cli(['undo', question.decision]);
    expect(undone).toMatchObject({ code: 0 });
    expect(await everything()).toEqual(before);
    const names = (await stage.guard.audit({ type: 'event' })).map(({ entry }) =>
      entry.type === 'event' ? entry.name : '',
    );
    expect(names.slice(-2)).toEqual(['undo begun', 'undone']);
  });

  it('of a change over the limit works as well', async () => {
    client = await stage.connect('shop');
    const before = await everything();
    const asked = settle(client, {
      text: 'delete from orders where id < $1 returning id',
      values: [50],
    });
    const question = await stage.guard.answer('approve');
    expect(await asked).toMatchObject({ rowCount: 49 });
    expect(await stage.guard.cli(['undo', question.decision])).toMatchObject({ code: 0 });
    expect(await everything()).toEqual(before);
  });

  it('is refused with reasons when rows have changed since, and changes nothing then', async () => {
    const asked = settle(client, 'update users set name = name || 1');
    const question = await stage.guard.answer('approve');
    expect(await asked).toMatchObject({ ok: true });
    await stage.server.sql(`update users set name = 'later' where id = 3`);
    const now = await everything();
    const refused = await stage.guard.cli(['undo', question.decision]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('1 row of public.users that it left behind changed since');
    expect(await everything()).toEqual(now);
  });

  it('is refused when a removed key is in use again', async () => {
    const asked = settle(client, 'delete from counters');
    const question = await stage.guard.answer('approve');
    await asked;
    await stage.server.sql('insert into counters values (4, 44)');
    const refused = await stage.guard.cli(['undo', question.decision]);
    expect(refused.stderr).toContain('1 key of public.counters that it removed are in use again');
    expect(await stage.count('counters')).toBe(1);
  });

  it('is done once', async () => {
    const asked = settle(client, 'delete from counters');
    const question = await stage.guard.answer('approve');
    await asked;
    expect(await stage.guard.cli(['undo', question.decision])).toMatchObject({ code: 0 });
    expect(await stage.guard.cli(['undo', question.decision])).toMatchObject({ code: 1 });
  });

  const impossible: readonly (readonly [string, string])[] = [
    ['delete from plain', 'cannot be undone: public.plain has no primary key'],
    ['drop table plain', 'cannot be undone: definitions are not saved'],
    ['truncate plain', 'cannot be undone: public.plain has no primary key'],
  ];
  it.each(impossible)('of `%s` is said to be impossible', async (sql, said) => {
    const asked = settle(client, sql);
    expect((await stage.guard.answer('deny')).undo).toBe(said);
    await asked;
  });

  it('inside of a transaction of the client is said to be impossible', async () => {
    await client.query('begin');
    const asked = settle(client, 'delete from counters');
    expect((await stage.guard.answer('deny')).undo).toBe(
      'cannot be undone: it is a part of a transaction of the client',
    );
    await asked;
  });

  it('keeps nothing readable on the disk, and a changed file is refused', async () => {
    await stage.server.sql(`update counters set n = 987654321 where id = 1`);
    const asked = settle(client, 'delete from counters');
    const question = await stage.guard.answer('approve');
    await asked;
    const folder = join(stage.guard.paths.state, 'undo-rows');
    const path = join(
      folder,
      readdirSync(folder).find((name) => name.startsWith(question.decision))!,
    );
    const bytes = readFileSync(path);
    expect(bytes.includes('987654321')).toBe(false);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(await stage.guard.cli(['undo', question.decision])).toMatchObject({ code: 1 });
    expect(await stage.count('counters')).toBe(0);
  });
});

describe('rows in a question (P-83)', () => {
  it('show what is and what would be, at most 20, and never get into the record', async () => {
    await stage.server.sql(`update users set name = 'value-of-a-row-7f3a' where id = 1`);
    const asked = settle(client, `update users set name = 'after-value-9b1c'`);
    const question = await stage.guard.answer('deny');
    await asked;
    expect(question.samples.length).toBeGreaterThan(0);
    expect(question.samples.length).toBeLessThanOrEqual(20);
    const first = question.samples.find(({ before }) => before?.includes('1') === true);
    expect(first).toMatchObject({
      table: 'public.users',
      columns: ['id', 'name', 'boss'],
      before: ['1', 'value-of-a-row-7f3a', null],
      after: ['1', 'after-value-9b1c', null],
    });
    const record = JSON.stringify(await stage.guard.audit());
    expect(record).not.toContain('value-of-a-row-7f3a');
    expect(stage.guard.log()).not.toContain('value-of-a-row-7f3a');
  });
});
