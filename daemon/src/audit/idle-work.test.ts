import { statSync } from 'node:fs';
import { setTimeout as rest } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditError } from '../errors.ts';
import { AuditStore } from './audit-store.ts';
import { CheckpointLog } from './checkpoint-log.ts';
import { openDatabase } from './database.ts';
import { DecisionIndex } from './decision-index.ts';
import { GroupCommit } from './group-commit.ts';
import { IdleWork } from './idle-work.ts';
import { CHECKPOINT_AT_LATEST_ENTRIES, MAX_WAL_PAGES } from './limits.ts';
import { openRecord } from './open-record.ts';
import { prepareRecordFolder } from './record-folder.ts';
import type { RecordPaths } from './record-folder.ts';
import type { RecordWriter } from './record-writer.ts';
import { makeFolder, makeIntent, makeSigner } from './sample-log.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: ReturnType<typeof makeFolder>;
let paths: RecordPaths;
let database: Database.Database;
let store: AuditStore;
let writer: RecordWriter;
let decisions: DecisionIndex;
let idle: IdleWork;
let commits: GroupCommit;
let failures: AuditError[];

interface Times {
  readonly idleMs: number;
  readonly checkpointsApartMs: number;
  readonly busyMs?: number;
}

function start(times: Times): void {
  const onCheckpointFailure = (error: AuditError) => failures.push(error);
  idle = new IdleWork({ database, paths, writer, decisions, onCheckpointFailure, ...times });
  commits = new GroupCommit((entries, durability) => {
    const first = writer.write(entries, durability);
    idle.appended();
    return first;
  });
}

async function append(count: number): Promise<void> {
  const some = Array.from({ length: count }, (_, at) =>
    commits.append(makeIntent(`d${writer.size + at}`), 'written'),
  );
  await Promise.all(some);
}

const signedSizes = () => store.checkpointsAfter(-1).map(({ size }) => size);

beforeEach(() => {
  folder = makeFolder();
  paths = prepareRecordFolder(folder.path);
  database = openDatabase(paths.database);
  store = new AuditStore(database);
  writer = openRecord({ store, log: new CheckpointLog(paths.checkpoints), signer: makeSigner() });
  decisions = new DecisionIndex(database, () => writer.size);
  failures = [];
});

afterEach(() => {
  idle.close();
  database.close();
  folder.remove();
});

describe('in a pause', () => {
  it('the record is signed, decisions are taken in, and the database holds everything', async () => {
    start({ idleMs: 20, checkpointsApartMs: 0 });
    await append(300);
    await expect.poll(signedSizes).toEqual([0, 300]);
    await expect.poll(() => decisions.complete).toBe(true);
    // The file itself grows when the write-ahead log is copied into it.
    await expect.poll(() => statSync(paths.database).size).toBeGreaterThan(100_000);
    expect(failures).toEqual([]);
  });

  it('pauses that follow closely are signed once, though appending goes on', async () => {
    start({ idleMs: 5, checkpointsApartMs: 300 });
    for (let at = 0; at < 8; at += 1) {
      await append(1);
      await rest(20);
    }
    expect(signedSizes()).toEqual([0]);
    await append(1);
    await expect.poll(() => signedSizes().length, { timeout: 5000 }).toBe(2);
  });
});

describe('without a pause', () => {
  const never = { idleMs: 1_000_000, checkpointsApartMs: 1_000_000 };

  it('the record is signed after a thousand entries when the last checkpoint is old enough', async () => {
    start({ ...never, busyMs: 0 });
    await append(990);
    expect(signedSizes()).toEqual([0]);
    await append(20);
    await expect.poll(signedSizes).toEqual([0, 1010]);
  });

  it('a checkpoint that is due soon after the last one waits, and five thousand entries do not', async () => {
    start({ ...never, busyMs: 1_000_000 });
    await append(CHECKPOINT_AT_LATEST_ENTRIES - 10);
    await rest(20);
    expect(signedSizes()).toEqual([0]);
    await append(20);
    await expect.poll(signedSizes).toEqual([0, CHECKPOINT_AT_LATEST_ENTRIES + 10]);
  });
});

describe('the write-ahead log', () => {
  it('P-17: stays within its bound however much is appended without a pause', async () => {
    start({ idleMs: 1_000_000, checkpointsApartMs: 1_000_000 });
    let largest = 0;
    for (let at = 0; at < 60; at += 1) {
      await append(256);
      largest = Math.max(largest, statSync(`${paths.database}-wal`).size);
    }
    // A frame is a page with a header of 24 bytes; the batch that passes the bound is still written whole.
    const batch = 400 * 1024;
    expect(statSync(paths.database).size).toBeGreaterThan(8 * 1024 * 1024);
    expect(largest).toBeLessThan(MAX_WAL_PAGES * (4096 + 24) + batch);
  });
});

describe('what fails in a pause', () => {
  it('is told, and stops nothing', async () => {
    start({ idleMs: 5, checkpointsApartMs: 0 });
    await append(1);
    database.pragma('query_only = ON');
    await expect.poll(() => failures.length).toBeGreaterThanOrEqual(2);
    expect(failures.map(({ code }) => code)).toContain('AUDIT_APPEND_FAILED');
    database.pragma('query_only = OFF');
    await append(1);
    await expect.poll(signedSizes).toEqual([0, 2]);
  });
});
