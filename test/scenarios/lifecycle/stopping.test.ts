import { afterEach, describe, expect, it } from 'vitest';
import {
  connectClient,
  settle,
  startLifecycleStage,
  type LifecycleStage,
} from './lifecycle-stage.ts';

let stage: LifecycleStage;
afterEach(() => stage.stop());

describe('a daemon that stops', () => {
  it('denies what waits for an answer, and closes in words (P-08)', async () => {
    stage = await startLifecycleStage();
    const session = await stage.guard.session({ askTimeoutMs: 30_000 });
    const client = await connectClient(session.url());
    const asked = settle(client, 'truncate users');
    await expect.poll(() => stage.guard.questions()).toHaveLength(1);
    await stage.guard.person.call('daemon.stop', {});
    expect((await asked).ok).toBe(false);
    expect(await stage.users()).toBe(10);
  });

  it('takes sessions and tokens with it, and keeps record and resources (P-20) (P-11)', async () => {
    stage = await startLifecycleStage();
    const before = await stage.guard.session();
    const client = await connectClient(before.url());
    await client.query(`insert into bookings values (1, 'kept on record')`);
    await stage.guard.cli(['daemon', 'stop']);
    await stage.guard.restart();
    const after = await stage.guard.session();
    const stale = after.url().replace(after.token, before.token);
    await expect(connectClient(stale)).rejects.toMatchObject({ code: '28P01' });
    const again = await connectClient(after.url());
    expect(await settle(again, 'select * from bookings')).toMatchObject({ ok: true, rowCount: 1 });
    await again.end();
    expect(await stage.guard.audit({ type: 'intent', text: 'kept on record' })).toHaveLength(1);
    expect((await stage.guard.cli(['audit', 'verify'])).code).toBe(0);
  });
});
