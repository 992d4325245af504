import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, truncateSync } from 'node:fs';
import { setTimeout as rest } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { APPENDING_PROCESS } from './appending-process.ts';
import { openAuditLog } from './audit-log.ts';
import { toRecordPaths } from './record-folder.ts';
import { makeEvent, makeFolder, makeSigner } from './sample-log.ts';
import { generateSigningKey, loadSigner } from './signing-key.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

/** Rounds of starting, killing and looking. */
const ROUNDS = 12;
const SLOW_MS = 300_000;

let folder: ReturnType<typeof makeFolder>;

beforeEach(() => {
  folder = makeFolder();
});

afterEach(() => {
  folder.remove();
});

/** Lets the process append for a while, kills it, and returns what it said was stored. */
async function appendAndKill(
  secret: string,
  first: number,
  afterMs: number,
): Promise<readonly (readonly [number, string])[]> {
  const child = spawn(process.execPath, [APPENDING_PROCESS, folder.path, secret, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const closed = once(child, 'close');
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // Half of the times right after the start, so that opening is interrupted as well.
  if (afterMs >= 0) await Promise.race([once(child.stdout, 'data'), exited]);
  await rest(Math.abs(afterMs));
  child.kill('SIGKILL');
  expect((await exited)[1]).toBe('SIGKILL');
  await closed;
  return said
    .slice(0, said.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [index = '', decision = ''] = line.split(' ');
      return [Number(index), decision] as const;
    });
}

describe('a daemon that is killed', () => {
  it(
    'P-18: at any moment has lost no entry that it called stored, and leaves a record that verifies',
    async () => {
      const key = generateSigningKey('agentguard/test');
      const signer = loadSigner(key.secret);
      let next = 0;
      let stored = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const afterMs = round % 4 === 3 ? -(round * 30) : (round * 37) % 190;
        const said = await appendAndKill(key.secret.unsafeReveal(), next, afterMs);
        stored += said.length;
        const log = await openAuditLog({ folder: folder.path, signer });
        const report = await log.verify();
        expect(report.problems, `round ${round}`).toEqual([]);
        const found = new Map(
          (await log.query({ type: 'intent', limit: 10_000 })).map((one) => [
            one.index,
            one.columns.decision,
          ]),
        );
        for (const [index, decision] of said) expect(found.get(index)).toBe(decision);
        next = log.size;
        await log.close();
      }
      expect(stored).toBeGreaterThan(50);
    },
    SLOW_MS,
  );
});

describe('a power cut', () => {
  it(
    'takes entries that were only written, never one that was synced, and the record still verifies',
    async () => {
      const signer = makeSigner();
      const log = await openAuditLog({ folder: folder.path, signer });
      const paths = toRecordPaths(folder.path);
      const wal = `${paths.database}-wal`;
      let synced = { entries: 0, bytes: 0 };
      for (let at = 0; at < 60; at += 1) {
        const durability = at % 9 === 4 ? 'synced' : 'written';
        const { index } = await log.append(makeEvent(`e${at}`), durability);
        // Everything up to here is on the disk; what follows may not be.
        if (durability === 'synced') synced = { entries: index + 1, bytes: statSync(wal).size };
      }
      const whole = statSync(wal).size;
      expect(whole).toBeGreaterThan(synced.bytes);
      for (let bytes = synced.bytes; bytes <= whole; bytes += 1013) {
        const cut = makeFolder();
        // By another program: a second handle of this process would give the lock away.
        execFileSync('cp', [paths.database, wal, paths.checkpoints, cut.path]);
        truncateSync(`${toRecordPaths(cut.path).database}-wal`, bytes);
        const left = await openAuditLog({ folder: cut.path, signer });
        expect(left.size).toBeGreaterThanOrEqual(synced.entries);
        expect((await left.verify()).problems).toEqual([]);
        await left.close();
        cut.remove();
      }
      await log.close();
    },
    SLOW_MS,
  );

  it('cannot leave the file of checkpoints ahead of the database', async () => {
    const signer = makeSigner();
    const log = await openAuditLog({ folder: folder.path, signer });
    const paths = toRecordPaths(folder.path);
    await log.append(makeEvent('only written'), 'written');
    log.checkpoint();
    const syncedBytes = statSync(`${paths.database}-wal`).size;
    await log.append(makeEvent('lost'), 'written');
    const cut = makeFolder();
    execFileSync('cp', [paths.database, `${paths.database}-wal`, paths.checkpoints, cut.path]);
    truncateSync(`${toRecordPaths(cut.path).database}-wal`, syncedBytes);
    const left = await openAuditLog({ folder: cut.path, signer });
    expect(left.size).toBe(1);
    expect(await left.verify()).toMatchObject({ ok: true, unsigned: 0 });
    await left.close();
    cut.remove();
    await log.close();
  });
});
