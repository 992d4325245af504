/** What a role lets an agent do on a real server, seen at the rows and not by the guard's word. */

import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, ROLES, send, startRolesStage, type RolesStage } from './rental-roles.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPsql, runPsql } from '../../servers/psql.ts';
import { setTimeout as sleep } from 'node:timers/promises';

let stage: RolesStage;
let client: pg.Client;
let before: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  stage = await startRolesStage();
});
afterAll(async () => {
  await stage.stop();
});
beforeEach(async () => {
  const { secret } = await stage.token('agent_support');
  client = await connect(stage.guard.urlFor(secret, 'rental'));
  before = await stage.rows();
});
afterEach(async () => {
  await client.end();
});

test("its own tenant's reservations are seen, and nobody else's", async () => {
  const { rows } = await send(client, 'select id, tenant_id from reservations order by id');
  expect(rows).toHaveLength(10);
  expect(new Set(rows.map((row) => row['tenant_id']))).toEqual(new Set(['acme']));
  const sneaky = await send(
    client,
    "select * from reservations where tenant_id = 'globex' or true",
  );
  expect(sneaky.rows.every((row) => row['tenant_id'] === 'acme')).toBe(true);
  const counted = await send(
    client,
    'select count(*)::int as n from reservations r join customers c on c.id = r.customer_id',
  );
  expect(counted.rows).toEqual([{ n: 10 }]);
});

test('notes and status change, by each protocol, and for its own tenant only', async () => {
  const simple = await send(
    client,
    "update reservations set notes = 'late', status = 'noted' where id = 2",
  );
  expect(simple.message).toBe('');
  const extended = await send(client, 'update reservations set notes = $1 where id = $2', [
    'later',
    4,
  ]);
  expect(extended.message).toBe('');
  await send(client, "update reservations set notes = 'mine now' where id = 3");
  const [row] = await stage.server.sql(
    'select (select notes || status from reservations where id = 2) as a, (select notes from reservations where id = 4) as b, (select notes from reservations where id = 3) as c',
  );
  expect(row).toEqual({ a: 'latenoted', b: 'later', c: 'note 3' });
});

describe('everything else stays as it is (P-70)', () => {
  test.each([
    ['another column', 'update reservations set price_cents = 0 where id = 2'],
    [
      'a granted column and another',
      "update reservations set notes = 'x', price_cents = 0 where id = 2",
    ],
    [
      'another column in a row',
      "update reservations set (notes, price_cents) = ('x', 0) where id = 2",
    ],
    ['its tenant', "update reservations set tenant_id = 'globex' where id = 2"],
    ['its key', 'update reservations set id = 99 where id = 2'],
    ['another table', 'update vehicles set daily_cents = 1 where id = 1'],
    [
      'another table through a join',
      'update vehicles v set plate = r.notes from reservations r where r.vehicle_id = v.id and r.id = 2',
    ],
    ['an insert', "insert into reservations values (99, 'acme', 2, 1, 'x', 'open', 1)"],
    [
      'an insert that updates',
      "insert into reservations values (2, 'acme', 2, 1, 'x', 'open', 1) on conflict (id) do update set price_cents = 0",
    ],
    [
      'a merge',
      'merge into reservations r using vehicles v on r.id = 2 and v.id = 1 when matched then update set price_cents = 0',
    ],
    [
      'a merge that deletes',
      'merge into reservations r using vehicles v on r.id = 2 and v.id = 1 when matched then delete',
    ],
    ['a delete', 'delete from reservations where id = 2'],
    [
      'a delete in a query',
      'with gone as (delete from reservations where id = 2 returning *) select * from gone',
    ],
    ['a delete that is explained', 'explain analyze delete from reservations where id = 2'],
    ['a delete in a block', 'do $$ begin delete from reservations where id = 2; end $$'],
    ['a delete in a built text', "do $$ begin execute 'del' || 'ete from reservations'; end $$"],
    ['a delete in a function', 'select purge()'],
    ['a delete by cascade', 'delete from customers where id = 2'],
    ['a truncate', 'truncate payments'],
    ['a truncate of many', 'truncate reservations, payments cascade'],
    ['a drop', 'drop table payments'],
    ['a dropped column', 'alter table reservations drop column notes'],
    ['a dropped function', 'drop function purge()'],
    ['a rename', 'alter table reservations rename to gone'],
    ['a new table', 'create table mine (id int)'],
    ['a temporary table', 'create temp table mine as select * from vehicles'],
    ['a copy into a table', 'copy vehicles from stdin'],
    ['another role', 'set role postgres'],
    ['a setting that blinds triggers', 'set session_replication_role = replica'],
    ["the application's own setting", "set app.tenant_id = 'globex'"],
    ['a lock', 'lock table vehicles'],
    ['a message', "notify everybody, 'x'"],
  ])('%s', async (_what, sql) => {
    const { code, message } = await send(client, sql);
    expect(message).toContain('blocked by agentguard');
    expect(code).toBe('42501');
    expect(await stage.rows()).toEqual(before);
  });

  test.each([
    ['another table', 'select * from payments'],
    [
      'another table in a condition',
      'select 1 from vehicles where exists (select 1 from payments)',
    ],
    ['another table as text', "select query_to_xml('select * from payments', true, true, '')"],
    ['samples of columns', 'select * from pg_stats'],
    ["others' statements", 'select * from pg_stat_activity'],
  ])('and is not shown: %s', async (_what, sql) => {
    expect((await send(client, sql)).message).toContain('blocked by agentguard');
  });

  test.runIf(hasPsql())('psql describes the schema to its holder', async () => {
    const { secret } = await stage.token('agent_support');
    const url = stage.guard.urlFor(secret, 'rental');
    for (const command of ['\\d+ reservations', '\\dt', '\\dp', '\\du', '\\df', '\\sf purge']) {
      expect(await runPsql(url, command)).toMatchObject({ ok: true, errors: '' });
    }
    const { output } = await runPsql(url, '\\copy reservations to stdout');
    expect(output).toContain('acme');
    expect(output).not.toContain('globex');
  });

  test('ordinary work of clients goes on', async () => {
    for (const sql of [
      'begin',
      'savepoint a',
      "select version(), current_setting('server_version')",
      'rollback to a',
      'commit',
      "set statement_timeout = '10s'",
      'show timezone',
      "select relname from pg_class where relname = 'vehicles'",
      'prepare p as select * from vehicles where id = $1',
      'execute p(1)',
      'deallocate all',
      'reset all',
    ]) {
      expect(await send(client, sql)).toMatchObject({ message: '' });
    }
  });
});

test('DELETE, DROP and TRUNCATE stay refused with an approval in hand and a window open (P-70)', async () => {
  const { guard } = stage;
  const session = await guard.session({ resources: ['other'], askTimeoutMs: 1000 });
  const free = await connect(session.url('other'));
  const statements = ['delete from payments', 'truncate payments', 'drop table payments'];
  for (const sql of statements) {
    // Nobody answers in time; the late approval is a grant for the identical statement.
    expect((await send(free, sql)).message).toContain('nobody answered in time');
  }
  const { approvals } = await guard.person.call('approval.list', { all: true });
  for (const { id, digest, generation, confirm } of approvals) {
    await guard.person.call('approval.approve', { id, digest, generation, note: null, confirm });
  }
  await guard.cli(['window', 'open', '--resource', 'other', '--for', '10m']);
  const stricter = ROLES.replace(
    'roles:',
    '  other: { kind: postgres, environment: production, role: agent_support }\nroles:',
  );
  const revision = (await guard.person.call('policy.show', {})).revision;
  writeFileSync(join(guard.paths.config, 'agentguard.yaml'), stricter);
  while ((await guard.person.call('policy.show', {})).revision === revision) await sleep(50);
  for (const sql of statements) {
    const { code, message } = await send(free, sql);
    expect(message).toContain('blocked by agentguard');
    expect(code).toBe('42501');
  }
  await free.end();
  expect(await stage.rows()).toEqual(before);
});
