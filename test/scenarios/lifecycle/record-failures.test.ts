import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { skipLoudly } from '../../servers/skip.ts';
import {
  connectClient,
  settle,
  startLifecycleStage,
  type LifecycleStage,
} from './lifecycle-stage.ts';

let stage: LifecycleStage | null = null;
const cleanups: (() => void)[] = [];

afterEach(async () => {
  await stage?.stop();
  stage = null;
  for (const clean of cleanups.splice(0)) clean();
});

/** A small disk of its own; null where this account cannot mount one. */
function smallDisk(megabytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'ag-disk-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const options = `size=${megabytes}m,mode=700`;
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'agentguard-test', folder]);
  if (mounted.status !== 0) return null;
  cleanups.unshift(() => {
    spawnSync('umount', ['-l', folder]);
  });
  chmodSync(folder, 0o700);
  return folder;
}

async function bookings(one: LifecycleStage): Promise<number> {
  const [row] = await one.server.sql('select count(*)::int as n from bookings');
  return Number(row?.['n']);
}

describe('when the record cannot be written, nothing passes (P-06)', () => {
  it('because the disk is full; and work goes on when there is room again', async (context) => {
    const home = smallDisk(24);
    if (home === null) {
      skipLoudly('the full disk: a small disk can only be mounted by root');
      context.skip();
      return;
    }
    stage = await startLifecycleStage({ guard: { home } });
    const session = await stage.guard.session();
    const client = await connectClient(session.url());
    expect(await settle(client, `insert into bookings values (1, 'fits')`)).toMatchObject({
      ok: true,
    });
    const filler = join(home, 'filler');
    fill(filler, home);
    const before = await bookings(stage);
    const long = 'x'.repeat(200_000);
    expect((await settle(client, `insert into bookings values (2, '${long}')`)).ok).toBe(false);
    expect(await bookings(stage)).toBe(before);
    for (let n = 3; n < 6; n += 1) {
      const other = await connectClient(session.url()).catch(() => null);
      if (other === null) continue;
      const result = await settle(other, `insert into bookings values (${n}, '${long}')`);
      expect(result.ok).toBe(false);
      await other.end();
    }
    expect(await bookings(stage)).toBe(before);
    rmSync(filler);
    const again = await connectClient(session.url());
    expect(await settle(again, `insert into bookings values (9, 'room')`)).toMatchObject({
      ok: true,
    });
    await again.end();
    await client.end();
    expect((await stage.guard.cli(['audit', 'verify'])).code).toBe(0);
  });

  it('and nobody else can lock it while the daemon runs', async () => {
    stage = await startLifecycleStage();
    const session = await stage.guard.session();
    const client = await connectClient(session.url());
    const thief = new Database(recordOf(stage), { timeout: 100 });
    expect(() => thief.exec('BEGIN EXCLUSIVE')).toThrow(/locked/);
    thief.close();
    expect(await settle(client, `insert into bookings values (1, 'free')`)).toMatchObject({
      ok: true,
    });
    await client.end();
  });

  it('a daemon that finds it locked does not start, and says so', async () => {
    stage = await startLifecycleStage();
    await stage.guard.cli(['daemon', 'stop']);
    const thief = new Database(recordOf(stage));
    thief.exec('BEGIN EXCLUSIVE');
    const refused = await stage.guard.cli(['daemon', 'start']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/record|audit|lock|use/i);
    thief.exec('ROLLBACK');
    thief.close();
    await stage.guard.restart();
    const session = await stage.guard.session();
    const client = await connectClient(session.url());
    expect(await settle(client, `insert into bookings values (3, 'free')`)).toMatchObject({
      ok: true,
    });
    await client.end();
    expect((await stage.guard.cli(['audit', 'verify'])).code).toBe(0);
  });
});

function recordOf(one: LifecycleStage): string {
  return join(one.guard.paths.state, 'record', 'audit.db');
}

/** Takes all the room there is. */
function fill(path: string, folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - 4096)));
}
