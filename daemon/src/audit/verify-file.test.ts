import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openAuditLog } from './audit-log.ts';
import { toRecordPaths } from './record-folder.ts';
import type { RecordPaths } from './record-folder.ts';
import {
  makeApproval,
  makeEvent,
  makeFolder,
  makeIntent,
  makeOutcome,
  makeSigner,
} from './sample-log.ts';
import { verifyDatabaseFile } from './verify-file.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

const ENTRIES = 300;

/** A hundred verifications on a machine that does other things as well. */
const SLOW_MS = 120_000;

const signer = makeSigner();
const original = makeFolder();
const work = makeFolder();
const changed = makeFolder();
let from: RecordPaths;
let to: RecordPaths;
let vkey: string;

beforeAll(async () => {
  const log = await openAuditLog({ folder: work.path, signer });
  vkey = log.vkey;
  for (let at = 0; at < ENTRIES / 3; at += 1) {
    const decision = `d${at}`;
    const ask = at % 5 === 0;
    await Promise.all([
      log.append(makeIntent(decision, { verdict: ask ? 'ask' : 'allow' }), 'written'),
      log.append(ask ? makeApproval(decision) : makeEvent('noted'), 'written'),
    ]);
    await log.append(makeOutcome(decision), 'written');
    if (at % 30 === 0) log.checkpoint();
  }
  // Fills the table of decisions, so that it is there to be tampered with.
  await log.entriesOfDecision('d1');
  from = await log.copyTo(original.path);
  await log.close();
  to = toRecordPaths(changed.path);
});

afterAll(() => {
  original.remove();
  work.remove();
  changed.remove();
});

/** Verifies a fresh copy, changed by `spoil`. */
async function verifyCopy(spoil: (database: Database.Database) => void = () => undefined) {
  copyFileSync(from.database, to.database);
  copyFileSync(from.checkpoints, to.checkpoints);
  const database = new Database(to.database);
  spoil(database);
  database.close();
  return verifyDatabaseFile(to.database, to.checkpoints, vkey);
}

describe('a copy of the database', () => {
  it('verifies, and is left as it was', async () => {
    expect(await verifyCopy()).toMatchObject({ ok: true, entries: ENTRIES, unsigned: 0 });
    expect(readFileSync(to.database).equals(readFileSync(from.database))).toBe(true);
    expect(readdirSync(to.database.replace('/audit.db', '')).sort()).toEqual([
      'audit.db',
      'checkpoints.log',
    ]);
  });

  it('with its write-ahead log beside it verifies as well', async () => {
    const folder = makeFolder();
    const log = await openAuditLog({ folder: folder.path, signer });
    await log.append(makeEvent('x'), 'written');
    const live = toRecordPaths(folder.path);
    const copied = makeFolder();
    const copy = toRecordPaths(copied.path);
    // Read by another program, as `cp` would: this process must not close a second handle on its own file.
    const { execFileSync } = await import('node:child_process');
    execFileSync('cp', [
      live.database,
      `${live.database}-wal`,
      live.checkpoints,
      copy.database.replace('/audit.db', ''),
    ]);
    expect(await verifyDatabaseFile(copy.database, copy.checkpoints, log.vkey)).toMatchObject({
      ok: true,
      entries: 1,
      unsigned: 1,
    });
    await log.close();
    copied.remove();
    folder.remove();
  });

  it.each([
    [
      'a statement',
      "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'SELECT', 'DELETE') AS BLOB) WHERE idx = 90",
      90,
    ],
    ['a hash', 'UPDATE entries SET leaf = randomblob(32) WHERE idx = 91', 91],
    ['a short hash', "UPDATE entries SET leaf = x'00' WHERE idx = 92", 92],
    ['a verdict', "UPDATE entries SET verdict = 'deny' WHERE idx = 93", 93],
    ['a session', "UPDATE entries SET session = 'ses-2' WHERE idx = 90", 90],
    ['a removed entry', 'DELETE FROM entries WHERE idx = 94', 94],
    ['a removed first entry', 'DELETE FROM entries WHERE idx = 0', 0],
    ['a cut', 'DELETE FROM entries WHERE idx >= 280', 280],
    [
      'a removed entry, the rest moved up',
      'DELETE FROM entries WHERE idx = 95; UPDATE entries SET idx = idx - 1 WHERE idx > 95',
      95,
    ],
    [
      'two entries in the other order',
      'UPDATE entries SET idx = -1 WHERE idx = 96; UPDATE entries SET idx = 96 WHERE idx = 97; UPDATE entries SET idx = 97 WHERE idx = -1',
      96,
    ],
    [
      'an inserted entry',
      `UPDATE entries SET idx = -idx WHERE idx >= 98; UPDATE entries SET idx = 1 - idx WHERE idx < 0;
       INSERT INTO entries SELECT 98, type, decision, session, time, verdict, resource, leaf, body FROM entries WHERE idx = 50`,
      98,
    ],
  ])('P-11: %s is found and its entry named', async (_name, sql, index) => {
    const report = await verifyCopy((database) => database.exec(sql));
    expect(report).toMatchObject({ ok: false, firstBroken: index });
  });

  it.each([
    ['a subtree', 'UPDATE nodes SET hash = randomblob(32)', 'node'],
    ['a missing subtree', 'DELETE FROM nodes', 'node'],
    ['a subtree too many', 'INSERT INTO nodes VALUES (16, 0, zeroblob(32))', 'node'],
    ['a subtree too many, further on', 'INSERT INTO nodes VALUES (8, 9, zeroblob(32))', 'node'],
    ['a missing decision', "DELETE FROM decisions WHERE decision = 'd7' AND idx = 21", 'column'],
    ['a decision too many', "INSERT INTO decisions VALUES ('d7', 5)", 'column'],
    ['a decision of nothing', 'UPDATE filled SET below = 1000', 'column'],
    ['a settled mark', 'UPDATE checkpoints SET settled = 301 WHERE size = 300', 'column'],
    ['a removed checkpoint', 'DELETE FROM checkpoints WHERE size = 3', 'checkpoint'],
    ['a moved checkpoint', 'UPDATE checkpoints SET size = 4 WHERE size = 3', 'checkpoint'],
    [
      'a changed checkpoint',
      "UPDATE checkpoints SET note = replace(note, '3', '4') WHERE size = 3",
      'checkpoint',
    ],
  ])('%s is found', async (_name, sql, kind) => {
    const report = await verifyCopy((database) => database.exec(sql));
    expect(report.ok).toBe(false);
    expect(report.problems.map((problem) => problem.kind)).toContain(kind);
  });

  it.each([
    ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON entries BEGIN SELECT 1; END'],
    [
      'a view in place of a table',
      'ALTER TABLE nodes RENAME TO n; CREATE VIEW nodes AS SELECT * FROM n',
    ],
    ['a table more', 'CREATE TABLE more (a)'],
  ])('with %s it is not taken for a record', async (_name, sql) => {
    await expect(verifyCopy((database) => database.exec(sql))).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
  });

  it('cut together with its checkpoints is found by the file beside it', async () => {
    const sql = 'DELETE FROM entries WHERE idx >= 280; DELETE FROM checkpoints WHERE size > 280';
    const report = await verifyCopy((database) => database.exec(sql));
    expect(report).toMatchObject({ ok: false, firstBroken: 280 });
  });

  it('damage that no row shows is found as well', async () => {
    await verifyCopy();
    const bytes = readFileSync(to.database);
    // The number of free pages, in the header (SQLite file format, section 1.3): there are none.
    bytes.writeUInt32BE(1, 36);
    writeFileSync(to.database, bytes);
    const report = await verifyDatabaseFile(to.database, to.checkpoints, vkey);
    expect(report.ok).toBe(false);
    expect(report.problems[0]?.what).toContain('the database file is damaged');
  });

  it('a file of checkpoints that was cut is found by the database', async () => {
    await verifyCopy();
    const text = readFileSync(to.checkpoints, 'utf8');
    writeFileSync(to.checkpoints, text.slice(0, text.length / 2));
    const report = await verifyDatabaseFile(to.database, to.checkpoints, vkey);
    expect(report.problems).toMatchObject([{ kind: 'checkpoint' }]);
  });

  it('is not verified by another key, or without a key', async () => {
    await verifyCopy();
    const { name, publicKey } = makeSigner();
    const { toVerifierKey } = await import('@agentguard/rules');
    const other = toVerifierKey(name, publicKey);
    expect((await verifyDatabaseFile(to.database, to.checkpoints, other)).ok).toBe(false);
    await expect(verifyDatabaseFile(to.database, to.checkpoints, '')).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
    await expect(verifyDatabaseFile('/nowhere', null, vkey)).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
  });
});

/** Everything the tables hold, as text, but for `settled`, which may be too low. */
function dump(path: string): string {
  const database = new Database(path, { readonly: true });
  try {
    const queries = [
      'SELECT * FROM entries',
      'SELECT * FROM nodes',
      'SELECT size, note FROM checkpoints',
      'SELECT * FROM decisions',
      'SELECT * FROM filled',
    ];
    return JSON.stringify(queries.map((query) => database.prepare(query).all()));
  } finally {
    database.close();
  }
}

describe('a change of any bit', () => {
  it(
    'P-11: of the database file is found, unless the file still holds exactly the same',
    async () => {
      await verifyCopy();
      const bytes = readFileSync(from.database);
      const before = dump(from.database);
      let found = 0;
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
          const changed = Buffer.from(bytes);
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          writeFileSync(to.database, changed);
          const ok = await verifyDatabaseFile(to.database, to.checkpoints, vkey).then(
            (report) => report.ok,
            () => false,
          );
          if (ok) expect(dump(to.database)).toBe(before);
          else found += 1;
        }),
        { numRuns: 80 },
      );
      // Free space, counters and the like make up the rest.
      expect(found).toBeGreaterThan(40);
    },
    SLOW_MS,
  );

  it(
    'of the file of checkpoints is found',
    async () => {
      await verifyCopy();
      const bytes = readFileSync(from.checkpoints);
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
          const changed = Buffer.from(bytes);
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          writeFileSync(to.checkpoints, changed);
          expect((await verifyDatabaseFile(to.database, to.checkpoints, vkey)).ok).toBe(false);
        }),
        { numRuns: 40 },
      );
    },
    SLOW_MS,
  );
});
