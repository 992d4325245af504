/**
 * What the record costs: appending next to a bare SQLite insert of the same bytes, verifying, and proving one
 * entry of a million. Run alone with `node test/bench/audit.ts [entries]`, or by `benchAudit()`.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { verifyProof } from '@agentguard/rules';
import { openAuditLog } from '../../daemon/src/audit/audit-log.ts';
import type { AuditLogHandle } from '../../daemon/src/audit/audit-log.ts';
import type { Durability } from '../../daemon/src/audit/entry.ts';
import {
  makeEvent,
  makeIntent,
  makeOutcome,
  makeSigner,
} from '../../daemon/src/audit/sample-log.ts';
import { print, printTable, showCount, showSpread } from './report.ts';
import { pairwise, percentile, toSpread } from './statistics.ts';

/** How often each way of appending is measured, in turn with the bare insert. */
const ROUNDS = 5;

/** Statements per measurement: long enough to meet checkpoints and a turn of the write-ahead log. */
const WRITTEN_STATEMENTS = 6000;
const SYNCED_STATEMENTS = 300;

const PROVED_RECORD_ENTRIES = 1_000_000;
const PROOFS = 200;
const FILL_BATCH = 256;

interface Way {
  readonly name: string;
  readonly durability: Durability;
  readonly batch: number;
}

const WAYS: readonly Way[] = [
  { name: 'written, one by one', durability: 'written', batch: 1 },
  { name: 'written, 8 at a time', durability: 'written', batch: 8 },
  { name: 'synced, one by one', durability: 'synced', batch: 1 },
  { name: 'synced, 8 at a time', durability: 'synced', batch: 8 },
];

interface Measured {
  readonly perSecond: number;
  readonly cpuUs: number;
  /** Time of each batch in microseconds, ascending. */
  readonly latencies: readonly number[];
}

/** Measures appending, verifying and proving, and prints the tables. */
export async function benchAudit(entries = PROVED_RECORD_ENTRIES): Promise<void> {
  await compareAppending();
  await measureLargeRecord(entries);
}

async function compareAppending(): Promise<void> {
  print(
    'intent and outcome of each statement, next to a bare insert of the same bytes; median (min to max) of rounds',
  );
  const head = [
    'way',
    'statements/s',
    'of bare insert',
    'CPU us/statement',
    'p50 us',
    'p99 us',
    'max us',
  ];
  const rows: string[][] = [head];
  for (const way of WAYS) {
    const ours: Measured[] = [];
    const bare: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await insertBare(way));
      ours.push(await appendAll(way));
    }
    rows.push(toRow(way.name, ours, bare));
  }
  printTable(rows);
}

function toRow(name: string, ours: readonly Measured[], bare: readonly Measured[]): string[] {
  const rates = ours.map(({ perSecond }) => perSecond);
  const bareRates = bare.map(({ perSecond }) => perSecond);
  const at = (part: number) => toSpread(ours.map(({ latencies }) => percentile(latencies, part)));
  return [
    name,
    showSpread(toSpread(rates), 0),
    showSpread(
      pairwise(rates, bareRates, (left, right) => left / right),
      2,
    ),
    showSpread(toSpread(ours.map(({ cpuUs }) => cpuUs)), 1),
    ...[0.5, 0.99, 1].map((part) => at(part).median.toFixed(0)),
  ];
}

async function appendAll(way: Way): Promise<Measured> {
  return withFolder(async (folder) => {
    const log = await openAuditLog({ folder, signer: makeSigner() });
    const outcomes: Promise<unknown>[] = [];
    const measured = await measure(way, async (first) => {
      const decisions = Array.from({ length: way.batch }, (_, at) => `dec-${first + at}`);
      await Promise.all(decisions.map((one) => log.append(makeIntent(one), way.durability)));
      // As the gate does: the next statement does not wait for the outcome of this one.
      for (const one of decisions) outcomes.push(log.append(makeOutcome(one), 'written'));
    });
    await Promise.all(outcomes);
    await log.close();
    return measured;
  });
}

/** The same bytes in one table without any of the rest. */
function insertBare(way: Way): Promise<Measured> {
  return withFolder(async (folder) => {
    const database = new Database(join(folder, 'bare.db'));
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${way.durability === 'synced' ? 'FULL' : 'NORMAL'}`);
    database.exec('CREATE TABLE entries (idx INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT');
    const insert = database.prepare('INSERT INTO entries VALUES (?, ?)');
    const insertMany = database.transaction((first: number) => {
      for (let at = first; at < first + way.batch; at += 1) {
        insert.run(2 * at, toBytes(makeIntent(`dec-${at}`)));
        insert.run(2 * at + 1, toBytes(makeOutcome(`dec-${at}`)));
      }
    });
    const measured = await measure(way, (first) => {
      insertMany(first);
      return Promise.resolve();
    });
    database.close();
    return measured;
  });
}

function toBytes(entry: object): Buffer {
  return Buffer.from(JSON.stringify(entry), 'utf8');
}

async function measure(way: Way, append: (first: number) => Promise<void>): Promise<Measured> {
  const statements =
    way.durability === 'synced' ? SYNCED_STATEMENTS * way.batch : WRITTEN_STATEMENTS;
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (let first = 0; first < statements; first += way.batch) {
    const before = performance.now();
    await append(first);
    latencies.push((performance.now() - before) * 1000);
  }
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((left, right) => left - right);
  const cpuUs = (user + system) / statements;
  return { perSecond: (statements / elapsed) * 1000, cpuUs, latencies };
}

async function measureLargeRecord(entries: number): Promise<void> {
  print(`a record of ${showCount(entries)} entries`);
  await withFolder(async (folder) => {
    const signer = makeSigner();
    const log = await openAuditLog({ folder, signer });
    const rows: string[][] = [['work', 'time']];
    rows.push(['fill, 256 at a time', await seconds(() => fill(log, entries))]);
    rows.push(['sign', await seconds(() => Promise.resolve(log.checkpoint()))]);
    const { first, rest } = await measureProofs(log, entries);
    rows.push(['first proof', `${first.toFixed(1)} ms`]);
    rows.push(['a proof, p50 and p99', rest]);
    rows.push([
      'find a decision (fills the table first)',
      await seconds(() => log.entriesOfDecision('dec-1')),
    ]);
    rows.push(['find a decision again', await seconds(() => log.entriesOfDecision('dec-7'))]);
    const verified = performance.now();
    const report = await log.verify();
    const perSecond = (report.entries / (performance.now() - verified)) * 1000;
    rows.push([`verify (${report.ok ? 'clean' : 'BROKEN'})`, `${showCount(perSecond)} entries/s`]);
    rows.push(['close', await seconds(() => log.close())]);
    let again: AuditLogHandle | null = null;
    rows.push([
      'open',
      await seconds(async () => {
        again = await openAuditLog({ folder, signer });
      }),
    ]);
    await (again as AuditLogHandle | null)?.close();
    printTable(rows);
  });
}

async function fill(log: AuditLogHandle, entries: number): Promise<void> {
  for (let done = 0; done < entries; done += FILL_BATCH) {
    const count = Math.min(FILL_BATCH, entries - done);
    const some = Array.from({ length: count }, () => log.append(makeEvent('bench'), 'written'));
    await Promise.all(some);
  }
}

async function measureProofs(log: AuditLogHandle, entries: number) {
  const times: number[] = [];
  for (let at = 0; at < PROOFS; at += 1) {
    const index = Math.floor((at * 2_654_435_761) % entries);
    const started = performance.now();
    const { text } = await log.prove({ index });
    times.push(performance.now() - started);
    if (!verifyProof(text, log.vkey).ok) throw new Error('a proof does not hold');
  }
  const [first = 0] = times;
  const sorted = times.slice(1).sort((left, right) => left - right);
  const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)];
  return { first, rest: `${p50.toFixed(2)} ms and ${p99.toFixed(2)} ms` };
}

async function seconds(work: () => Promise<unknown>): Promise<string> {
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'agentguard-bench-audit-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [entries] = process.argv.slice(2);
  await benchAudit(entries === undefined ? PROVED_RECORD_ENTRIES : Number(entries));
}
