import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import { CANARY_PASSWORD, startPostgres } from '../../servers/postgres.ts';
import { query } from '../../hostile/wire/frames.ts';
import { RawClient } from '../../hostile/wire/raw-client.ts';
import {
  connectClient,
  settle,
  startLifecycleStage,
  type LifecycleStage,
} from './lifecycle-stage.ts';

let stage: LifecycleStage;
afterEach(() => stage.stop());

describe('an upstream that dies in the middle of a result', () => {
  it('ends the connection in words, and its outcome is on record as unknown', async () => {
    stage = await startLifecycleStage();
    const session = await stage.guard.session();
    const client = await RawClient.login(session.url());
    client.send(
      query(`select g, repeat('x', 1000), pg_sleep(0.001) from generate_series(1, 100000) g`),
    );
    await client.until(() => client.count('D') > 20);
    await stage.server.crash();
    expect(await client.until(() => client.closed)).not.toBe('silent');
    expect(['08006', '57P01', '57P02', '57P03']).toContain(client.errors.at(-1));
    await expect
      .poll(async () => {
        const rows = await stage.guard.audit({ type: 'outcome' });
        return rows.some(({ entry }) => entry.type === 'outcome' && entry.result === 'unknown');
      })
      .toBe(true);
    await expect(connectClient(session.url())).rejects.toMatchObject({ code: '08001' });
  });
});

describe('who is not let in', () => {
  it('a wrong token, the token of an ended session, a resource of nobody (P-01) (P-20)', async () => {
    stage = await startLifecycleStage();
    const session = await stage.guard.session();
    const ended = await stage.guard.session();
    await ended.end();
    const wrong = (change: (url: string) => string): Promise<unknown> =>
      connectClient(change(session.url()));
    await expect(wrong((url) => url.replace(session.token, 'agt_nonsense'))).rejects.toMatchObject({
      code: '28P01',
    });
    await expect(wrong((url) => url.replace(session.token, CANARY_PASSWORD))).rejects.toMatchObject(
      { code: '28P01' },
    );
    await expect(connectClient(ended.url())).rejects.toMatchObject({ code: '28P01' });
    await expect(wrong((url) => url.replace('/shop?', '/nowhere?'))).rejects.toMatchObject({
      code: '3D000',
    });
    await expect(wrong((url) => url.replace('/shop?', '/postgres?'))).rejects.toMatchObject({
      code: '3D000',
    });
    const client = await connectClient(session.url());
    expect(await settle(client, 'select 1')).toMatchObject({ ok: true });
    await client.end();
  });

  it('an open connection of a session that ends is closed (P-20)', async () => {
    stage = await startLifecycleStage();
    const session = await stage.guard.session();
    const client = await RawClient.login(session.url());
    await session.end();
    expect(await client.until(() => client.closed)).not.toBe('silent');
    expect(client.errors).toEqual(['57P01']);
  });

  it('a session sees its own resources only', async () => {
    stage = await startLifecycleStage({});
    await stage.guard.cli(
      ['resource', 'add', 'other', '--kind', 'postgres', '--environment', 'development'],
      stage.server.url(),
    );
    const session = await stage.guard.session({ resources: ['shop'] });
    await expect(connectClient(session.url().replace('/shop?', '/other?'))).rejects.toMatchObject({
      code: '3D000',
    });
  });
});

describe('a real credential that does not work (P-03)', () => {
  it('is said without a word of it', async () => {
    stage = await startLifecycleStage();
    const url = stage.server.url().replace(CANARY_PASSWORD, `${CANARY_PASSWORD}-old`);
    await stage.guard.cli(
      ['resource', 'add', 'stale', '--kind', 'postgres', '--environment', 'development'],
      url,
    );
    const tested = await stage.guard.cli(['resource', 'test', 'stale']);
    expect(tested.code).not.toBe(0);
    expect(tested.stdout + tested.stderr).toMatch(/password|authenti/i);
    const session = await stage.guard.session({ resources: ['stale'] });
    await expect(connectClient(session.url())).rejects.toMatchObject({ code: '08001' });
  });
});

describe('a policy file that cannot be understood (P-19)', () => {
  it.each(['version: 1\nrulez: []\n', 'version: [', 'version: 2\n'])(
    '%j denies even a read',
    async (policy) => {
      stage = await startLifecycleStage({ guard: { policy } });
      const session = await stage.guard.session();
      const client = await connectClient(session.url());
      expect(await settle(client, 'select 1')).toMatchObject({ ok: false, code: '42501' });
      await client.end();
    },
  );

  it('and one that can be understood is in force', async () => {
    const policy =
      'version: 1\nresources:\n  shop:\n    kind: postgres\n    environment: production\n';
    stage = await startLifecycleStage({ guard: { policy } });
    const session = await stage.guard.session();
    const client = await connectClient(session.url());
    expect(await settle(client, 'select 1')).toMatchObject({ ok: true });
    expect(await settle(client, 'create table made (a int)')).toMatchObject({ code: '42501' });
    await client.end();
  });
});

describe('the listener', () => {
  it('is on this machine only', async () => {
    stage = await startLifecycleStage();
    const { listener } = await stage.guard.person.call('status', {});
    expect(['127.0.0.1', '::1', 'localhost']).toContain(listener?.host);
  });

  it('serves others while one guard has no database to talk to', async () => {
    stage = await startLifecycleStage();
    const dead = await startPostgres();
    const guard = await startGuard({
      resources: [
        { name: 'alive', environment: 'development', url: stage.server.url() },
        { name: 'dead', environment: 'development', url: dead.url() },
      ],
    });
    await dead.stop();
    const session = await guard.session();
    const results = await Promise.allSettled([
      connectClient(session.url('dead')),
      connectClient(session.url('alive')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    if (results[1].status === 'fulfilled') await results[1].value.end();
    await guard.stop();
  });

  it('takes a client that sends nothing without holding up another one', async () => {
    stage = await startLifecycleStage();
    const session = await stage.guard.session();
    const silent = connect(session.port, '127.0.0.1');
    await once(silent, 'connect');
    const client = await connectClient(session.url());
    expect(await settle(client, 'select 1')).toMatchObject({ ok: true });
    await client.end();
    silent.destroy();
  });
});
