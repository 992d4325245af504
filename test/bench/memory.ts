/** The guard's memory while many different statements go through it. */

import type { Contender } from './contender.ts';
import { residentMiB } from './machine.ts';
import { connectRaw, type RawClient } from './raw-client.ts';
import { print, printTable, showCount } from './report.ts';

/** Connections that send at the same time, so that a million statements take a minute and not five. */
const CONNECTIONS = 8;

/** Statements per write: enough to keep everybody busy, and fewer than the guard lets wait. */
const PIPELINE = 100;

/** Looks at the memory, evenly spread over the run. */
const LOOKS = 10;

/** Every so many statements one has a shape of its own, so that caches are filled beyond their size. */
const NEW_SHAPE_EVERY = 20;

/** Sends the statements and prints how the resident memory moves. */
export async function watchMemory(guard: Contender, statements: number): Promise<void> {
  print(
    `memory of the guard over ${showCount(statements)} statements on ${CONNECTIONS} connections`,
  );
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectRaw(guard)));
  const rows: string[][] = [['statements', 'MiB', 'statements/s']];
  const started = performance.now();
  const step = Math.ceil(statements / LOOKS);
  try {
    rows.push(['0', showMemory(guard), '']);
    for (let until = step, sent = 0; sent < statements; until += step) {
      sent = await sendUntil(clients, { sent, until });
      const rate = sent / ((performance.now() - started) / 1000);
      rows.push([showCount(sent), showMemory(guard), showCount(rate)]);
    }
  } finally {
    for (const client of clients) client.close();
  }
  printTable(rows);
}

/** Every connection sends and waits, again and again, until so many were sent in all. Gives how many were. */
async function sendUntil(
  clients: readonly RawClient[],
  count: { readonly sent: number; readonly until: number },
): Promise<number> {
  let { sent } = count;
  const sendSome = async (client: RawClient): Promise<void> => {
    while (sent < count.until) {
      const from = sent;
      sent += PIPELINE;
      await client.run(makeStatements(from));
    }
  };
  await Promise.all(clients.map(sendSome));
  return sent;
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
