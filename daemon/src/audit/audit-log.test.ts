import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { verifyProof, verifyRecord } from '@agentguard/rules';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SecretValue } from '../secrets/secret-value.ts';
import { openAuditLog } from './audit-log.ts';
import type { AuditLogHandle } from './audit-log.ts';
import { MAX_BATCH_BYTES } from './limits.ts';
import { toRecordPaths } from './record-folder.ts';
import { verifyDatabaseFile } from './verify-file.ts';
import {
  makeApproval,
  makeEvent,
  makeFolder,
  makeIntent,
  makeOutcome,
  makeSigner,
} from './sample-log.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

const signer = makeSigner();
let folder: ReturnType<typeof makeFolder>;
let log: AuditLogHandle;

beforeEach(async () => {
  folder = makeFolder();
  log = await openAuditLog({ folder: folder.path, signer });
});

afterEach(async () => {
  await log.close();
  folder.remove();
});

async function reopen(): Promise<void> {
  await log.close();
  log = await openAuditLog({ folder: folder.path, signer });
}

describe('appending', () => {
  it('gives indices from 0 in the order of the calls', async () => {
    const receipts = await Promise.all([
      log.append(makeIntent('d1'), 'written'),
      log.append(makeIntent('d2'), 'synced'),
      log.append(makeOutcome('d1'), 'written'),
    ]);
    expect(receipts).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }]);
    expect(await log.append(makeOutcome('d2'), 'written')).toEqual({ index: 3 });
  });

  it('calls of one turn share a batch: they name the same previous head', async () => {
    await log.append(makeEvent('first'), 'written');
    await Promise.all([1, 2, 3].map((at) => log.append(makeEvent(`e${at}`), 'written')));
    const bodies = (await log.query({})).map(({ body }) => body.slice(body.indexOf('"previous"')));
    expect(new Set(bodies.slice(1)).size).toBe(1);
    expect(bodies[0]).not.toBe(bodies[1]);
  });

  it('an outcome that nobody waits for shares the batch of the next intent', async () => {
    const outcome = log.append(makeOutcome('d0', { result: 'unknown' }), 'written');
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.size).toBe(0);
    await log.append(makeIntent('d1'), 'written');
    expect(log.size).toBe(2);
    await outcome;
  });

  it.each([
    ['a written outcome', 'written'],
    ['a synced outcome', 'synced'],
  ] as const)('%s is stored without any company', async (_name, durability) => {
    await expect(log.append(makeOutcome('d0'), durability)).resolves.toEqual({ index: 0 });
  });

  it('more calls than a batch may hold are all stored, in order', async () => {
    const calls = Array.from({ length: 700 }, (_, at) =>
      log.append(makeEvent(`e${at}`), 'written'),
    );
    const receipts = await Promise.all(calls);
    expect(receipts.map(({ index }) => index)).toEqual(receipts.map((_, at) => at));
    expect((await log.verify()).ok).toBe(true);
  });

  it('a batch is closed before it grows too large', async () => {
    const statement = 'x'.repeat(MAX_BATCH_BYTES * 0.6);
    await Promise.all(
      ['d1', 'd2', 'd3'].map((one) => log.append(makeIntent(one, { statement }), 'written')),
    );
    const found = await log.query({ type: 'intent' });
    const heads = found.map(({ body }) => body.slice(body.lastIndexOf('"previous"')));
    expect(new Set(heads).size).toBe(3);
  });

  it('what was appended is there after closing and opening', async () => {
    await log.append(makeIntent('d1'), 'written');
    await log.append(makeOutcome('d1'), 'synced');
    await reopen();
    expect(log.size).toBe(2);
    expect((await log.query({})).map(({ entry }) => entry)).toEqual([
      makeIntent('d1'),
      makeOutcome('d1'),
    ]);
    expect(await log.append(makeEvent('more'), 'written')).toEqual({ index: 2 });
    expect(await log.verify()).toMatchObject({ ok: true, entries: 3 });
  });

  it('P-03: an entry that is no plain data, a secret for one, is refused alone', async () => {
    // It would be stored as `[secret]`; refusing it shows the mistake.
    const secret = { ...makeEvent('x'), details: { value: new SecretValue('canary-93') as never } };
    const [bad, good] = await Promise.allSettled([
      log.append(secret, 'written'),
      log.append(makeEvent('fine'), 'written'),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'AUDIT_APPEND_FAILED' } });
    expect(good).toMatchObject({ status: 'fulfilled', value: { index: 0 } });
    expect(log.size).toBe(1);
  });

  it('after closing fails, and closing again does nothing', async () => {
    const waiting = log.append(makeEvent('last'), 'written');
    await log.close();
    await expect(waiting).resolves.toEqual({ index: 0 });
    await expect(log.append(makeEvent('late'), 'written')).rejects.toMatchObject({
      code: 'AUDIT_APPEND_FAILED',
    });
    await expect(log.close()).resolves.toBeUndefined();
  });
});

describe('signing', () => {
  it('a new record is signed at once, and again when it closes', async () => {
    expect(log.checkpoints()).toHaveLength(1);
    await log.append(makeEvent('x'), 'written');
    expect(await log.verify()).toMatchObject({ signed: 0, unsigned: 1 });
    await reopen();
    expect(log.checkpoints()).toHaveLength(2);
    expect(await log.verify()).toMatchObject({ ok: true, signed: 1, unsigned: 0 });
  });

  it('is done after every thousand entries', async () => {
    const some = Array.from({ length: 1100 }, (_, at) => log.append(makeEvent(`${at}`), 'written'));
    await Promise.all(some);
    await expect.poll(() => log.checkpoints().length, { timeout: 5000 }).toBe(2);
    const report = await log.verify();
    expect(report.ok).toBe(true);
    expect(report.signed).toBeGreaterThanOrEqual(1000);
  });

  it('twice over the same entries gives the same note once', async () => {
    await log.append(makeEvent('x'), 'written');
    const note = log.checkpoint();
    expect(log.checkpoint()).toBe(note);
    expect(log.checkpoints().at(-1)).toBe(note);
    const file = readFileSync(toRecordPaths(folder.path).checkpoints, 'utf8');
    expect(file.split(note)).toHaveLength(2);
  });
});

describe('opening refuses a record that is not the one that was signed', () => {
  const refused = { code: 'AUDIT_VERIFICATION_FAILED', audience: 'user' };

  async function spoil(work: (database: Database.Database) => void): Promise<void> {
    for (let at = 0; at < 5; at += 1) await log.append(makeEvent(`e${at}`), 'written');
    await log.close();
    const database = new Database(toRecordPaths(folder.path).database);
    work(database);
    database.close();
  }

  it.each([
    ['cut', 'DELETE FROM entries WHERE idx = 4'],
    [
      'cut with its checkpoints',
      'DELETE FROM entries WHERE idx > 1; DELETE FROM checkpoints WHERE size > 2',
    ],
    ['emptied', 'DELETE FROM entries; DELETE FROM checkpoints'],
    ['with another hash', 'UPDATE entries SET leaf = zeroblob(32) WHERE idx = 2'],
    ['with a hole', 'DELETE FROM entries WHERE idx = 2'],
    [
      'with an unsigned head',
      "UPDATE checkpoints SET note = replace(note, 'agentguard', 'agentguarD')",
    ],
    ['without its last checkpoint', 'DELETE FROM checkpoints WHERE size = 5'],
    ['with a checkpoint under another size', 'UPDATE checkpoints SET size = 4 WHERE size = 5'],
  ])('%s', async (_name, sql) => {
    await spoil((database) => database.exec(sql));
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject(refused);
  });

  it.each([
    ['with another hash', 'UPDATE entries SET leaf = zeroblob(32) WHERE idx = 2'],
    ['without any checkpoint', 'DELETE FROM checkpoints'],
    ['cut', 'DELETE FROM entries WHERE idx = 4'],
  ])('%s, even when the file of checkpoints was emptied', async (_name, sql) => {
    await spoil((database) => database.exec(sql));
    writeFileSync(toRecordPaths(folder.path).checkpoints, '');
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject(refused);
  });

  it('signed by another key', async () => {
    await spoil(() => undefined);
    const other = makeSigner();
    await expect(openAuditLog({ folder: folder.path, signer: other })).rejects.toMatchObject(
      refused,
    );
  });

  it('with an unsigned tail that does not follow', async () => {
    const { database, checkpoints } = toRecordPaths(folder.path);
    await log.append(makeEvent('signed'), 'written');
    log.checkpoint();
    const file = readFileSync(checkpoints);
    await log.append(makeEvent('tail'), 'written');
    await log.close();
    writeFileSync(checkpoints, file);
    const edit = new Database(database);
    edit.exec(
      "DELETE FROM checkpoints WHERE size = 2; UPDATE entries SET time = 'x' WHERE idx = 1",
    );
    edit.close();
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject(refused);
  });

  it('but mends what a crash between database and file leaves', async () => {
    const { checkpoints } = toRecordPaths(folder.path);
    await log.append(makeEvent('x'), 'written');
    const before = readFileSync(checkpoints, 'utf8');
    await log.close();
    const after = readFileSync(checkpoints, 'utf8');
    for (const left of [before, after.slice(0, before.length + 30), '']) {
      writeFileSync(checkpoints, left);
      log = await openAuditLog({ folder: folder.path, signer });
      expect(readFileSync(checkpoints, 'utf8')).toBe(after);
      expect((await log.verify()).ok).toBe(true);
      await log.close();
    }
  });

  it('a file that is another database is not taken for a record', async () => {
    await log.close();
    const { database } = toRecordPaths(folder.path);
    const other = new Database(':memory:');
    other.exec('CREATE TABLE t (a)');
    writeFileSync(database, other.serialize());
    other.close();
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
    writeFileSync(database, 'not a database at all, but long enough to be looked at'.repeat(40));
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
  });

  it.each([
    ['of a later version', 'PRAGMA user_version = 2'],
    ['of another program', 'PRAGMA application_id = 1'],
    ['with a trigger', 'CREATE TRIGGER t AFTER INSERT ON entries BEGIN SELECT 1; END'],
    ['with a table more', 'CREATE TABLE more (a)'],
  ])('a database %s is not touched', async (_name, sql) => {
    await spoil((database) => database.exec(sql));
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
  });

  it('a record that is open is not opened again', async () => {
    await expect(openAuditLog({ folder: folder.path, signer })).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
    expect(await log.append(makeEvent('still'), 'synced')).toEqual({ index: 0 });
  });
});

describe('proving', () => {
  it('P-12: an entry is proved by its decision or its index, with the public key alone', async () => {
    await log.append(makeIntent('d1', { verdict: 'ask' }), 'synced');
    await log.append(makeApproval('d1'), 'synced');
    await log.append(makeOutcome('d1'), 'written');
    const byDecision = await log.prove({ decision: 'd1' });
    expect(byDecision.index).toBe(0);
    expect(verifyProof(byDecision.text, log.vkey)).toMatchObject({
      ok: true,
      body: { index: 0, entry: { type: 'intent', decision: 'd1' } },
    });
    expect(verifyProof((await log.prove({ index: 2 })).text, log.vkey)).toMatchObject({ ok: true });
  });

  it('every entry of a record of several tiles is proved', async () => {
    const some = Array.from({ length: 600 }, (_, at) => log.append(makeEvent(`${at}`), 'written'));
    await Promise.all(some);
    for (const index of [0, 1, 254, 255, 256, 257, 511, 512, 513, 599]) {
      const { text } = await log.prove({ index });
      expect(verifyProof(text, log.vkey), `entry ${index}`).toMatchObject({ ok: true });
    }
  });

  it.each([{ decision: 'nothing' }, { index: 5 }, { index: -1 }, { index: 0.5 }])(
    'what is not on the record is not proved: %j',
    async (target) => {
      await log.append(makeEvent('x'), 'written');
      await expect(log.prove(target)).rejects.toMatchObject({ audience: 'user' });
    },
  );
});

describe('what had not ended', () => {
  it('is known when the record is opened again, until its outcome is written', async () => {
    await log.append(makeIntent('ended'), 'written');
    await log.append(makeOutcome('ended'), 'written');
    await log.append(makeIntent('cut'), 'synced');
    await log.append(makeIntent('asked', { verdict: 'ask' }), 'synced');
    await log.append(makeIntent('denied', { verdict: 'deny' }), 'written');
    await reopen();
    expect(log.unfinishedIntents()).toEqual([
      { decision: 'cut', index: 2, state: 'running' },
      { decision: 'asked', index: 3, state: 'asking' },
    ]);
    await log.append(makeOutcome('cut', { result: 'unknown' }), 'synced');
    await log.append(makeApproval('asked', { answer: 'cancelled' }), 'synced');
    expect(log.unfinishedIntents()).toEqual([]);
    await reopen();
    expect(log.unfinishedIntents()).toEqual([]);
    expect(await log.verify()).toMatchObject({ ok: true, unfinished: 0 });
  });

  it('does not list what began since', async () => {
    await log.append(makeIntent('now'), 'written');
    expect(log.unfinishedIntents()).toEqual([]);
  });
});

describe('copies', () => {
  it('an export verifies without the daemon', async () => {
    for (let at = 0; at < 5; at += 1) await log.append(makeEvent(`e${at}`), 'written');
    log.checkpoint();
    const result = await verifyRecord(log.export(), log.checkpoints(), log.vkey);
    expect(result).toMatchObject({ ok: true, report: { ok: true, entries: 5, signed: 5 } });
  });

  it('a copy of the record can be opened as a record', async () => {
    await log.append(makeIntent('d1'), 'written');
    const copy = makeFolder();
    await log.copyTo(copy.path);
    await expect(log.copyTo(copy.path)).rejects.toMatchObject({ code: 'AUDIT_UNREADABLE' });
    await log.append(makeOutcome('d1'), 'written');
    const other = await openAuditLog({ folder: copy.path, signer });
    expect(other.size).toBe(1);
    expect((await other.verify()).ok).toBe(true);
    await other.close();
    copy.remove();
    expect(log.size).toBe(2);
  });

  it('a copy made while entries are appended and signed verifies, and so does the record meanwhile', async () => {
    const some = Array.from({ length: 3000 }, (_, at) => log.append(makeEvent(`${at}`), 'written'));
    await Promise.all(some);
    const busy = new AbortController();
    const appending = (async () => {
      for (let at = 0; !busy.signal.aborted; at += 1) {
        await log.append(makeIntent(`d${at}`), 'written');
        if (at % 3 === 0) log.checkpoint();
      }
    })();
    const copy = makeFolder();
    const [paths, report] = await Promise.all([log.copyTo(copy.path), log.verify()]);
    const copied = await verifyDatabaseFile(paths.database, paths.checkpoints, log.vkey);
    busy.abort();
    await appending;
    expect(report.problems).toEqual([]);
    expect(copied.problems).toEqual([]);
    expect(copied.entries).toBeGreaterThanOrEqual(3000);
    copy.remove();
  });

  it('the record stays locked while it is copied and looked at', async () => {
    const copy = makeFolder();
    await log.copyTo(copy.path);
    await log.verify();
    const other = new Database(toRecordPaths(folder.path).database, { timeout: 0 });
    expect(() => other.exec('BEGIN IMMEDIATE')).toThrow('database is locked');
    other.close();
    copy.remove();
  });

  it('files copied with the daemon stopped verify as well', async () => {
    await log.append(makeEvent('x'), 'written');
    await log.close();
    const copy = makeFolder();
    const [from, to] = [toRecordPaths(folder.path), toRecordPaths(copy.path)];
    copyFileSync(from.database, to.database);
    copyFileSync(from.checkpoints, to.checkpoints);
    const copied = await openAuditLog({ folder: copy.path, signer });
    expect((await copied.verify()).ok).toBe(true);
    await copied.close();
    copy.remove();
  });
});
