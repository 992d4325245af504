/** pgbench's select-only load: transactions per second, and the latency of every transaction. */

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toEnvironment, type Contender } from './contender.ts';
import { cpuTimeUs } from './machine.ts';
import { findProgram, runProgram } from './run-program.ts';
import { percentile } from './statistics.ts';

/** Scale 10 is a million accounts: more than a cache line, less than the memory of a small machine. */
const SCALE = 10;

/** One load. */
export interface Load {
  readonly mode: 'simple' | 'prepared';
  readonly clients: number;
}

/** The loads of every run. */
export const LOADS: readonly Load[] = [
  { mode: 'simple', clients: 1 },
  { mode: 'prepared', clients: 1 },
  { mode: 'simple', clients: 8 },
  { mode: 'prepared', clients: 8 },
];

/** What one pgbench run measured. Latencies in microseconds. */
export interface PgbenchResult {
  readonly tps: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Processor time of the process in between, per transaction; null for a direct connection. */
  readonly cpuUs: number | null;
  readonly transactions: number;
}

/** Where pgbench is. Throws when it is not here: without it there is nothing to measure. */
function pgbench(): string {
  const file = findProgram('pgbench');
  if (file === null) throw new Error('pgbench is not installed (Debian: postgresql-contrib)');
  return file;
}

/** Fills pgbench's tables over a direct connection. */
export async function fillTables(direct: Contender): Promise<void> {
  const args = ['-i', '-q', '-s', String(SCALE)];
  await runProgram({ file: pgbench(), args, env: toEnvironment(direct) });
}

/** Runs a load for some seconds. */
export async function runLoad(
  contender: Contender,
  load: Load,
  seconds: number,
): Promise<PgbenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'ag-pgbench-'));
  try {
    const before = contender.pid === null ? null : cpuTimeUs(contender.pid);
    const printed = await runProgram({
      file: pgbench(),
      args: toArguments(load, seconds, join(folder, 'latency')),
      env: toEnvironment(contender),
      cwd: folder,
    });
    const after = contender.pid === null ? null : cpuTimeUs(contender.pid);
    const latencies = readLatencies(folder);
    const cpuUs = before === null || after === null ? null : (after - before) / latencies.length;
    return {
      tps: readTps(printed),
      p50Us: percentile(latencies, 0.5),
      p99Us: percentile(latencies, 0.99),
      cpuUs,
      transactions: latencies.length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function toArguments(load: Load, seconds: number, logPrefix: string): readonly string[] {
  return [
    '--no-vacuum',
    '--select-only',
    `--scale=${SCALE}`,
    `--protocol=${load.mode}`,
    `--client=${load.clients}`,
    '--jobs=1',
    `--time=${seconds}`,
    '--log',
    `--log-prefix=${logPrefix}`,
  ];
}

/** pgbench leaves the time to connect out of this figure. */
function readTps(printed: string): number {
  const tps = /^tps = ([\d.]+)/m.exec(printed)?.[1];
  if (tps === undefined) throw new Error(`pgbench printed no rate:\n${printed}`);
  return Number(tps);
}

/** Third column of each line: microseconds of one transaction. Ascending. */
function readLatencies(folder: string): readonly number[] {
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'),
  );
  return lines.map((line) => Number(line.split(' ')[2])).sort((left, right) => left - right);
}
