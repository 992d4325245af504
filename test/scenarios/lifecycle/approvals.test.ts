import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cancelRequest, query } from '../../hostile/wire/frames.ts';
import { RawClient } from '../../hostile/wire/raw-client.ts';
import type { GuardSession } from '../../servers/guard.ts';
import {
  connectClient,
  settle,
  startLifecycleStage,
  type LifecycleStage,
} from './lifecycle-stage.ts';

let stage: LifecycleStage;
let session: GuardSession;
let client: pg.Client;

beforeAll(async () => {
  stage = await startLifecycleStage();
});
afterAll(() => stage.stop());

beforeEach(async () => {
  await stage.server.sql(
    `truncate users, bookings; insert into users select g, 'user ' || g from generate_series(1, 10) g`,
  );
  session = await stage.guard.session({ askTimeoutMs: 30_000 });
  client = await connectClient(session.url());
});
afterEach(async () => {
  await expectHealthy(client);
  await client.end();
  await session.end();
});

async function expectHealthy(one: pg.Client): Promise<void> {
  const { rows } = await one.query<{ one: number }>('select 1 as one');
  expect(rows).toEqual([{ one: 1 }]);
}

async function answersOf(decision: string): Promise<readonly string[]> {
  const rows = await stage.guard.audit({ type: 'approval', decision });
  return rows.map(({ entry }) => (entry.type === 'approval' ? entry.answer : ''));
}

describe('a question', () => {
  it('that is approved lets exactly that statement run, once (P-09)', async () => {
    const asked = settle(client, 'truncate users');
    const question = await stage.guard.answer('approve');
    expect(question).toMatchObject({ statement: 'truncate users', reversible: false });
    expect(await asked).toMatchObject({ ok: true });
    expect(await stage.users()).toBe(0);
    expect(await answersOf(question.decision)).toEqual(['approved']);
  });

  it('that is denied runs nothing, and tells the agent why (P-07) (P-08)', async () => {
    const asked = settle(client, 'delete from users');
    await stage.guard.answer('deny', 'ask me about the archive first');
    expect(await asked).toMatchObject({
      ok: false,
      code: '42501',
      hint: expect.stringContaining('ask me about the archive first') as string,
    });
    expect(await stage.users()).toBe(10);
  });

  it('inside a transaction is answered with the transaction alive', async () => {
    await client.query('begin');
    await client.query(`insert into bookings values (1, 'before')`);
    const asked = settle(client, 'delete from users');
    await stage.guard.answer('approve');
    expect(await asked).toMatchObject({ ok: true, rowCount: 10 });
    await client.query('rollback');
    expect(await stage.users()).toBe(10);
  });

  it('that is denied inside a transaction leaves it failed (P-07)', async () => {
    await client.query('begin');
    const asked = settle(client, 'delete from users');
    await stage.guard.answer('deny');
    expect(await asked).toMatchObject({ code: '42501' });
    expect(await settle(client, 'select 1')).toMatchObject({ code: '25P02' });
    await client.query('rollback');
  });

  it('whose client is gone is withdrawn, and cannot be approved any more (P-08)', async () => {
    const other = await connectClient(session.url());
    void settle(other, 'truncate users');
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    const [question] = await stage.guard.questions();
    const ended = other.end();
    destroySocket(other);
    await ended.catch(() => undefined);
    await expect.poll(() => stage.guard.questions()).toHaveLength(0);
    const { id, digest, generation, confirm } = question!;
    await expect(
      stage.guard.person.call('approval.approve', { id, digest, generation, confirm, note: null }),
    ).rejects.toThrow();
    expect(await stage.users()).toBe(10);
  });

  it('whose statement is cancelled is withdrawn, and the connection lives on (P-08)', async () => {
    const raw = await RawClient.login(session.url());
    raw.send(query('truncate users'));
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    const key = raw.received.find(({ type }) => type === 'K')!.body;
    const canceller = await RawClient.open(session.port);
    canceller.send(cancelRequest(key.readInt32BE(0), key.subarray(4)));
    await raw.untilCount('E', 1);
    expect(['57014', '42501']).toContain(raw.errors[0]);
    await raw.ask(query('select 9'));
    expect(raw.rows).toEqual(['9']);
    expect(await stage.guard.questions()).toHaveLength(0);
    expect(await stage.users()).toBe(10);
    raw.destroy();
    canceller.destroy();
  });

  it('whose session ends is withdrawn, and nothing runs (P-20)', async () => {
    const other = await stage.guard.session({ askTimeoutMs: 30_000 });
    const doomed = await connectClient(other.url());
    const asked = settle(doomed, 'truncate users');
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    await other.end();
    expect((await asked).ok).toBe(false);
    await expect.poll(() => stage.guard.questions()).toHaveLength(0);
    expect(await stage.users()).toBe(10);
    await expect(connectClient(other.url())).rejects.toMatchObject({ code: '28P01' });
  });

  it('carries the parameters of the statement it is about (P-09)', async () => {
    const asked = client.query('delete from users where $1::int = 1', [1]).then(
      () => 'ran',
      () => 'denied',
    );
    const question = await stage.guard.answer('deny');
    expect(question.statement).toContain('delete from users where $1::int = 1');
    expect(await asked).toBe('denied');
  });

  it('is not for the agent to answer: nothing that it starts can (P-10)', async () => {
    const asked = settle(client, 'truncate users');
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    const [question] = await stage.guard.questions();
    const { id, confirm } = question!;
    const answering = ['approval', 'approve', id, '--operator-key', '--confirm', confirm ?? ''];
    for (const agent of [
      [],
      ['/bin/sh', '-c', 'exec setsid "$@"', 'agent'],
      ['/usr/bin/env', '-i'],
    ]) {
      const own = `AGENTGUARD_HOME=${stage.guard.home}`;
      const command = [...agent, '/usr/bin/env', own, ...stage.guard.command, ...answering];
      // Without the sandbox, in which the guard cannot be reached at all.
      const run = ['run', '--sandbox', 'off', '--resource', 'shop', '--', ...command];
      const printed = await stage.guard.cli(run);
      expect(printed.code, printed.stderr).not.toBe(0);
      expect(printed.stderr).toMatch(/guarded session/);
    }
    expect(await stage.users()).toBe(10);
    await stage.guard.answer('deny');
    expect(await asked).toMatchObject({ code: '42501' });
  });
});

describe('an approval after the time', () => {
  it('lets one identical statement pass, and no second (P-08) (P-09)', async () => {
    const impatient = await stage.guard.session({ askTimeoutMs: 300 });
    const one = await connectClient(impatient.url());
    expect(await settle(one, 'delete from users')).toMatchObject({
      code: '42501',
      hint: expect.stringMatching(/repeat the identical statement/) as string,
    });
    await approveParked('delete from users');
    expect(await settle(one, 'delete  from users')).toMatchObject({ code: '42501' });
    expect(await stage.users()).toBe(10);
    expect(await settle(one, 'delete from users')).toMatchObject({ ok: true, rowCount: 10 });
    await stage.server.sql(`insert into users values (1, 'back')`);
    expect(await settle(one, 'delete from users')).toMatchObject({ code: '42501' });
    expect(await stage.users()).toBe(1);
    await expectHealthy(one);
    await one.end();
    await impatient.end();
  });

  it('is used by exactly one of several identical requests in parallel (P-09)', async () => {
    const impatient = await stage.guard.session({ askTimeoutMs: 300 });
    const clients = await Promise.all([1, 2, 3, 4].map(() => connectClient(impatient.url())));
    const text = `update users set name = name || '!'`;
    expect(await settle(clients[0]!, text)).toMatchObject({ code: '42501' });
    await approveParked(text);
    const results = await Promise.all(clients.map((one) => settle(one, text)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const [row] = await stage.server.sql('select name from users where id = 1');
    expect(row).toEqual({ name: 'user 1!' });
    for (const one of clients) await one.end();
    await impatient.end();
  });

  it('is worth nothing to another session (P-09)', async () => {
    const impatient = await stage.guard.session({ askTimeoutMs: 300 });
    const one = await connectClient(impatient.url());
    await settle(one, 'truncate users');
    await approveParked('truncate users');
    const other = await stage.guard.session();
    const two = await connectClient(other.url());
    expect(await settle(two, 'truncate users')).toMatchObject({ code: '42501' });
    expect(await stage.users()).toBe(10);
    for (const each of [one, two]) await each.end();
    for (const each of [impatient, other]) await each.end();
  });
});

describe('identical questions side by side', () => {
  it('take one answer each: an approval of one lets one run (P-09)', async () => {
    const two = await connectClient(session.url());
    const text = `update users set name = name || '?'`;
    const both = [settle(client, text), settle(two, text)];
    await expect.poll(() => stage.guard.questions()).toHaveLength(2);
    await stage.guard.answer('approve');
    await stage.guard.answer('deny');
    const results = await Promise.all(both);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const [row] = await stage.server.sql('select name from users where id = 1');
    expect(row).toEqual({ name: 'user 1?' });
    await two.end();
  });
});

describe('a world that moves while the person thinks', () => {
  it('makes the approval stale: the person is asked again with what is true now (P-09)', async () => {
    await stage.server.sql(
      `create or replace function tidy() returns int language sql as 'delete from bookings returning 1'`,
    );
    await sleep(CATALOG_SEEN_MS);
    const asked = settle(client, 'select tidy()');
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    await stage.server.sql(
      `create or replace function tidy() returns int language sql as 'delete from users returning 1'`,
    );
    await sleep(CATALOG_SEEN_MS);
    const first = await stage.guard.answer('approve');
    expect(first.effects.join()).toContain('bookings');
    const second = await stage.guard.answer('deny');
    expect(second.effects.join()).toContain('users');
    expect(await asked).toMatchObject({ code: '42501' });
    expect(await stage.users()).toBe(10);
    await stage.server.sql('drop function tidy()');
  });
});

/** Changes that others make are seen within the polling interval of one second. */
const CATALOG_SEEN_MS = 1600;

/** Approves a question that nobody answered in time. */
async function approveParked(statement: string): Promise<void> {
  const { approvals } = await stage.guard.person.call('approval.list', { all: true });
  const parked = approvals.findLast((one) => one.state === 'parked' && one.statement === statement);
  const { id, digest, generation, confirm } = parked!;
  const { outcome } = await stage.guard.person.call('approval.approve', {
    id,
    digest,
    generation,
    confirm,
    note: null,
  });
  expect(outcome).toBe('granted');
}

/** Ends the transport without a word, as a killed client does. */
function destroySocket(one: pg.Client): void {
  // The field is the client's own and not in its types.
  (one as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
