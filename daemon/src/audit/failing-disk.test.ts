import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { RecordReport } from '@agentguard/rules';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAuditLog } from './audit-log.ts';
import { AuditStore } from './audit-store.ts';
import { CheckpointLog } from './checkpoint-log.ts';
import { openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { MAX_BATCH_ENTRIES, MAX_UNSIGNED_ENTRIES } from './limits.ts';
import { openRecord, toVerifier } from './open-record.ts';
import { prepareRecordFolder, toRecordPaths } from './record-folder.ts';
import type { RecordWriter } from './record-writer.ts';
import { makeEvent, makeFolder, makeIntent, makeSigner } from './sample-log.ts';
import { verifyStore } from './verify-store.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

const signer = makeSigner();
const failed = { code: 'AUDIT_APPEND_FAILED', audience: 'user' };

let folder: ReturnType<typeof makeFolder>;
let database: Database.Database;
let store: AuditStore;
let writer: RecordWriter;
let commits: GroupCommit;

beforeEach(() => {
  folder = makeFolder();
  const paths = prepareRecordFolder(folder.path);
  database = openDatabase(paths.database);
  store = new AuditStore(database);
  writer = openRecord({ store, log: new CheckpointLog(paths.checkpoints), signer });
  commits = new GroupCommit((entries, durability) => writer.write(entries, durability));
});

afterEach(() => {
  database.close();
  folder.remove();
});

/** Three appends of one batch, of different durability. */
function appendThree(): Promise<readonly PromiseSettledResult<unknown>[]> {
  return Promise.allSettled([
    commits.append(makeIntent('d1'), 'written'),
    commits.append(makeIntent('d2', { statement: 'x'.repeat(20_000) }), 'synced'),
    commits.append(makeIntent('d3'), 'written'),
  ]);
}

async function verifyNow(): Promise<RecordReport> {
  const logged = new CheckpointLog(toRecordPaths(folder.path).checkpoints).read();
  return verifyStore({ store, verifier: toVerifier(signer), logged, kept: [] });
}

describe('when the database cannot take a batch', () => {
  const other = () => new Database(toRecordPaths(folder.path).database, { timeout: 0 });
  let holder: Database.Database | undefined;

  afterEach(() => {
    holder?.close();
    holder = undefined;
  });

  /** Opens the record without the lock that is otherwise held as long as it is open. */
  function share(): void {
    database.close();
    database = other();
    database.pragma('journal_mode = WAL');
    const log = new CheckpointLog(toRecordPaths(folder.path).checkpoints);
    store = new AuditStore(database);
    writer = openRecord({ store, log, signer });
  }

  it.each([
    [
      'because the disk is full',
      () => {
        const pages = database.pragma('page_count', { simple: true });
        database.pragma(`max_page_count = ${String(pages)}`);
      },
      () => database.pragma('max_page_count = 1000000'),
    ],
    [
      'because it is read-only',
      () => database.pragma('query_only = ON'),
      () => database.pragma('query_only = OFF'),
    ],
    [
      'because another program holds it locked',
      () => {
        share();
        holder = other();
        holder.exec('BEGIN IMMEDIATE');
      },
      () => holder?.exec('ROLLBACK'),
    ],
  ])(
    'P-06: %s, every caller is told, nothing is half there, and it goes on afterwards',
    async (_name, spoil, mend) => {
      await commits.append(makeEvent('before'), 'written');
      const { size } = writer;
      spoil();
      for (let at = 0; at < 3; at += 1) {
        const results = await appendThree();
        expect(results).toMatchObject(
          [1, 2, 3].map(() => ({ status: 'rejected', reason: failed })),
        );
        expect(writer.size).toBe(size);
        expect(database.inTransaction).toBe(false);
      }
      mend();
      expect(await appendThree()).toMatchObject([
        { status: 'fulfilled', value: { index: 1 } },
        { status: 'fulfilled', value: { index: 2 } },
        { status: 'fulfilled', value: { index: 3 } },
      ]);
      writer.sign();
      expect(await verifyNow()).toMatchObject({ ok: true, entries: 4, unsigned: 0 });
    },
  );

  it('because it is closed, every caller is told', async () => {
    database.close();
    const results = await appendThree();
    expect(results).toMatchObject([1, 2, 3].map(() => ({ status: 'rejected', reason: failed })));
  });

  it('because somebody else has written there, nothing more is appended', async () => {
    share();
    holder = other();
    holder.exec(
      "INSERT INTO entries VALUES (0, 'event', NULL, NULL, 'x', NULL, NULL, zeroblob(32), x'00')",
    );
    for (let at = 0; at < 2; at += 1) {
      const results = await appendThree();
      expect(results).toMatchObject([1, 2, 3].map(() => ({ status: 'rejected', reason: failed })));
      expect(database.inTransaction).toBe(false);
    }
  });

  it('because entries are gone, nothing more is appended', async () => {
    await commits.append(makeEvent('one'), 'written');
    await commits.append(makeEvent('two'), 'written');
    database.exec('DELETE FROM entries WHERE idx = 1');
    database.pragma('query_only = ON');
    await expect(commits.append(makeEvent('x'), 'written')).rejects.toMatchObject(failed);
    database.pragma('query_only = OFF');
    await expect(commits.append(makeEvent('x'), 'written')).rejects.toMatchObject(failed);
  });

  it('P-03: the failure names no statement', async () => {
    database.pragma('query_only = ON');
    const failure = await commits
      .append(makeIntent('d1', { statement: 'canary-44' }), 'written')
      .catch((error: unknown) => error);
    expect(String(failure)).not.toContain('canary-44');
    expect(JSON.stringify(failure)).not.toContain('canary-44');
  });
});

describe('when nothing signs in the background', () => {
  it('a flood is signed on the way, and none of it is refused', async () => {
    const count = MAX_UNSIGNED_ENTRIES + 2 * MAX_BATCH_ENTRIES;
    for (let at = 0; at < count; at += MAX_BATCH_ENTRIES) {
      const some = Array.from({ length: MAX_BATCH_ENTRIES }, () =>
        commits.append(makeEvent('x'), 'written'),
      );
      await Promise.all(some);
    }
    expect(writer.lastCheckpoint?.size).toBeGreaterThan(MAX_UNSIGNED_ENTRIES);
  });
});

describe('when checkpoints cannot be signed', () => {
  const checkpoints = () => toRecordPaths(folder.path).checkpoints;

  it('appending goes on for a while, then stops, and goes on again when they can', async () => {
    rmSync(checkpoints());
    mkdirSync(checkpoints());
    let appended = 0;
    for (let at = 0; at < 15; at += 1) {
      const some = Array.from({ length: 1000 }, () => commits.append(makeEvent('x'), 'written'));
      const results = await Promise.allSettled(some);
      appended += results.filter(({ status }) => status === 'fulfilled').length;
      if (writer.checkpointDue) {
        expect(() => writer.sign()).toThrow('an entry could not be stored');
      }
      expect(writer.checkpointDue).toBe(false);
    }
    expect(appended).toBeGreaterThan(MAX_UNSIGNED_ENTRIES);
    expect(appended).toBeLessThanOrEqual(MAX_UNSIGNED_ENTRIES + MAX_BATCH_ENTRIES);
    rmSync(checkpoints(), { recursive: true });
    writeFileSync(checkpoints(), '', { mode: 0o600 });
    expect(await commits.append(makeEvent('again'), 'written')).toEqual({ index: appended });
    writer.sign();
    const [problem, ...more] = (await verifyNow()).problems;
    // The file was replaced here, which is found; the record itself is whole.
    expect(problem?.what).toBe('1 checkpoints of the database are not in the file');
    expect(more).toEqual([]);
  }, 60_000);
});

/** Mounts a file system of one megabyte, or says why not. */
function mountTiny(path: string): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'not root on Linux';
  try {
    mkdirSync(path, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', path], {
      stdio: 'pipe',
    });
    return null;
  } catch {
    return 'this machine does not let root mount a tmpfs';
  }
}

describe('a real disk that is full', () => {
  it('refuses appends, says so, keeps the record whole, and takes appends again when there is room', async ({
    skip,
  }) => {
    const path = join(folder.path, 'tiny');
    const why = mountTiny(path);
    if (why !== null) {
      console.warn(`SKIPPED: the record on a full disk was not tried: ${why}`);
      skip(why);
    }
    try {
      const log = await openAuditLog({ folder: path, signer });
      writeFileSync(join(path, 'filler'), Buffer.alloc(300_000));
      let stored = 0;
      let failure: unknown = null;
      while (failure === null) {
        await log.append(makeIntent(`d${stored}`), 'synced').then(
          () => {
            stored += 1;
          },
          (error: unknown) => {
            failure = error;
          },
        );
      }
      expect(failure).toMatchObject(failed);
      expect(stored).toBeGreaterThan(10);
      await expect(log.append(makeIntent('more'), 'written')).rejects.toMatchObject(failed);
      expect(log.size).toBe(stored);
      rmSync(join(path, 'filler'));
      await log.append(makeIntent('again'), 'synced');
      expect(await log.verify()).toMatchObject({ ok: true, entries: stored + 1 });
      await log.close();
      const again = await openAuditLog({ folder: path, signer });
      expect(again.size).toBe(stored + 1);
      await again.close();
    } finally {
      execFileSync('umount', [path]);
    }
  });
});

describe('a lock of another program', () => {
  const script = `
    const Database = require(process.argv[1]);
    const database = new Database(process.argv[2], { timeout: 0 });
    try { database.exec('BEGIN EXCLUSIVE'); console.log('locked'); } catch (error) { console.log(error.code); process.exit(0); }
    process.stdin.resume(); process.stdin.on('end', () => process.exit(0));`;

  function lockElsewhere() {
    const library = createRequire(import.meta.url).resolve('better-sqlite3');
    const child = spawn(process.execPath, [
      '-e',
      script,
      library,
      toRecordPaths(folder.path).database,
    ]);
    const said = once(child.stdout, 'data').then(([chunk]) => String(chunk).trim());
    return {
      said,
      end: async () => {
        child.stdin.end();
        await once(child, 'exit');
      },
    };
  }

  it('keeps the record from being opened, until it is gone', async () => {
    database.close();
    const holder2 = lockElsewhere();
    expect(await holder2.said).toBe('locked');
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
      help: 'another program holds the record open; end it and try again',
    });
    await holder2.end();
    const log = await openAuditLog({ folder: folder.path, signer });
    expect(await log.append(makeEvent('x'), 'written')).toEqual({ index: 0 });
    await log.close();
  });

  it('cannot be had while the record is open', async () => {
    const stranger = lockElsewhere();
    expect(await stranger.said).toBe('SQLITE_BUSY');
    await expect(commits.append(makeEvent('x'), 'written')).resolves.toEqual({ index: 0 });
  });
});
