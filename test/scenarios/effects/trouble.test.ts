/** What goes wrong while a transaction is held: locks, clients that leave, servers and daemons that end, pipelines, blinding. */

import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as frames from '../../hostile/wire/frames.ts';
import { RawClient } from '../../hostile/wire/raw-client.ts';
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

/** Takes seconds for each row, within the limit. */
const SLOW = `update counters set n = 0 where id <= 3 and pg_sleep(1) is not null`;

async function untilRunning(): Promise<void> {
  await expect
    .poll(async () => {
      const rows = await stage.server.sql(
        `select 1 from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`,
      );
      return rows.length;
    })
    .toBeGreaterThan(0);
}

async function held(): Promise<number> {
  const [row] = await stage.server.sql(
    `select count(*)::int as n from pg_stat_activity where state <> 'idle' and application_name not like 'agentguard%'
     and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );
  return Number(row?.['n']);
}

describe('a held transaction (P-80)', () => {
  it('that waits for a lock is given up, and the question says that nothing was measured', async () => {
    client = await stage.connect('free');
    const other = await stage.connect('free');
    await other.query('begin');
    await other.query('update plain set b = b where a = 1');
    const asked = settle(client, 'delete from plain');
    const question = await stage.guard.answer('deny');
    expect(question).toMatchObject({
      measured: null,
      notMeasured: 'others hold locks that it waits for',
      undo: null,
    });
    expect(await asked).toMatchObject({ code: '42501' });
    await other.query('rollback');
    expect(await stage.count('plain')).toBe(30);
  });

  it('ends with nothing done when the client leaves', async () => {
    const raw = await RawClient.login(stage.session.url('shop'));
    raw.send(frames.query(SLOW));
    await untilRunning();
    raw.destroy();
    await expect.poll(held, { timeout: 15_000 }).toBe(0);
    expect(await stage.count('counters', 'n = 0')).toBe(0);
  });

  it('ends with nothing done when the server ends the session', async () => {
    const asked = settle(client, SLOW);
    await untilRunning();
    await stage.server.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`,
    );
    expect(await asked).toMatchObject({ ok: false, code: '08006' });
    expect(await stage.count('counters', 'n = 0')).toBe(0);
  });

  it('ends with nothing done when the client cancels', async () => {
    const asked = settle(client, SLOW);
    await untilRunning();
    await stage.server.sql(
      `select pg_cancel_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`,
    );
    expect(await asked).toMatchObject({ ok: false, code: '57014' });
    expect(await stage.count('counters', 'n = 0')).toBe(0);
    expect(await settle(client, 'update counters set n = 0 where id = 1')).toMatchObject({
      ok: true,
    });
  });

  it('cannot be left from inside, nor blinded', async () => {
    for (const sql of [
      'delete from counters where id = 1; commit; delete from counters where id = 2',
      'set track_counts = off; delete from counters where id = 1',
      `select set_config('track_counts', 'off', false); delete from counters where id = 1`,
      'set session_replication_role = replica; delete from users where id = 1',
      'declare c cursor with hold for select empty_counters()',
    ]) {
      const asked = settle(client, sql);
      const state = { over: false };
      void asked.then(() => (state.over = true));
      while (!state.over) {
        if ((await stage.guard.questions()).length > 0) await stage.guard.answer('deny');
        await sleep(5);
      }
      expect(await asked).toMatchObject({ ok: false, code: '42501' });
    }
    expect(await stage.count('counters')).toBe(10);
    expect(await stage.count('users')).toBe(20);
  });
});

describe('a pipeline whose statements are measured (P-80)', () => {
  function batch(...ids: readonly number[]): Buffer {
    const runs = ids.flatMap((id) => [frames.bind('', '', [String(id)]), frames.execute('')]);
    const text = 'update counters set n = 0 where id = $1';
    return Buffer.concat([frames.parse('', text), ...runs, frames.SYNC]);
  }

  async function answers(raw: RawClient, bytes: Buffer): Promise<string> {
    const from = raw.received.length;
    raw.send(bytes);
    await raw.until(() => raw.received.slice(from).some(({ type }) => type === 'Z'));
    return raw.received
      .slice(from)
      .map(({ type }) => type)
      .join('');
  }

  it('is one transaction that its Sync commits', async () => {
    const raw = await RawClient.login(stage.session.url('shop'));
    expect(await answers(raw, batch(1, 2, 3))).toBe('12C2C2CZ');
    expect(await stage.count('counters', 'n = 0')).toBe(3);
    raw.destroy();
  });

  it('that goes over the limit is asked about where it does, and a denial takes all of it back', async () => {
    const raw = await RawClient.login(stage.session.url('shop'));
    const all = answers(raw, batch(1, 2, 3, 4, 5, 6));
    const question = await stage.guard.answer('deny');
    expect(question.reasons[0]?.reason).toContain('changes 6 rows');
    expect(await all).toBe('12C2C2C2C2CEZ');
    expect(await stage.count('counters', 'n = 0')).toBe(0);
    expect(await answers(raw, frames.query('select 1'))).toBe('TDCZ');
    raw.destroy();
  });

  it('goes on behind a failure as without us', async () => {
    const raw = await RawClient.login(stage.session.url('shop'));
    const twice = [
      frames.parse('', 'insert into counters values ($1, 0)'),
      frames.bind('', '', ['1']),
      frames.execute(''),
    ];
    expect(await answers(raw, Buffer.concat([...twice, ...twice, frames.SYNC]))).toBe('12EZ');
    expect(await answers(raw, batch(1))).toBe('12CZ');
    raw.destroy();
  });
});

describe('the daemon (P-80)', () => {
  it('killed while it holds a transaction leaves nothing of it', async () => {
    const asked = settle(client, SLOW);
    await untilRunning();
    await stage.guard.kill();
    expect(await asked).toMatchObject({ ok: false });
    await expect.poll(held, { timeout: 15_000 }).toBe(0);
    expect(await stage.count('counters', 'n = 0')).toBe(0);
    await stage.guard.restart();
    const verified = await stage.guard.cli(['audit', 'verify']);
    expect(verified.code).toBe(0);
  });
});
