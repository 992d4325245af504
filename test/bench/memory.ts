/** The guard's memory while many different statements go through one connection. */

import type { Contender } from './contender.ts';
import { residentMiB } from './machine.ts';
import { connectRaw } from './raw-client.ts';
import { print, printTable, showCount } from './report.ts';

/** Statements per write: enough to keep everybody busy, and fewer than the guard lets wait. */
const PIPELINE = 100;

/** Looks at the memory, evenly spread over the run. */
const LOOKS = 10;

/** Every so many statements one has a shape of its own, so that caches are filled beyond their size. */
const NEW_SHAPE_EVERY = 20;

/** Sends the statements and prints how the resident memory moves. */
export async function watchMemory(guard: Contender, statements: number): Promise<void> {
  print(`memory of the guard over ${showCount(statements)} statements on one connection`);
  const client = await connectRaw(guard);
  const rows: string[][] = [['statements', 'MiB', 'statements/s']];
  const started = performance.now();
  const step = Math.ceil(statements / LOOKS);
  try {
    rows.push(['0', showMemory(guard), '']);
    for (let sent = 0; sent < statements;) {
      const until = Math.min(statements, sent + step);
      for (; sent < until; sent += PIPELINE) await client.run(makeStatements(sent));
      const rate = sent / ((performance.now() - started) / 1000);
      rows.push([showCount(sent), showMemory(guard), showCount(rate)]);
    }
  } finally {
    client.close();
  }
  printTable(rows);
}

function showMemory(guard: Contender): string {
  const memory = guard.pid === null ? null : residentMiB(guard.pid);
  return memory === null ? 'unknown' : memory.toFixed(0);
}

function makeStatements(from: number): readonly string[] {
  return Array.from({ length: PIPELINE }, (_, offset) => {
    const number = from + offset;
    const name = number % NEW_SHAPE_EVERY === 0 ? `balance_${number}` : 'abalance';
    return `SELECT abalance AS ${name} FROM pgbench_accounts WHERE aid = ${(number % 1_000_000) + 1}`;
  });
}
