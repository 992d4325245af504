/** What measuring costs: a single-row UPDATE straight, through the guard, and through the guard under a limit. */

import pg from 'pg';
import { startGuard } from '../servers/guard.ts';
import { startPostgres } from '../servers/postgres.ts';
import { printTable } from './report.ts';
import { percentile } from './statistics.ts';

const SCHEMA = `create table accounts (id int primary key, balance int not null);
  insert into accounts select g, 0 from generate_series(1, 10000) g`;

/** A limit that no run of this comes near: the sum of a session counts too. */
const POLICY = `version: 1
resources:
  limited: { kind: postgres, limits: { rows_changed: 1000000 } }
`;

const UPDATE = { name: 'up', text: 'update accounts set balance = balance + 1 where id = $1' };

/** Takes turns, so that the machine's moods fall on all alike. */
export async function benchMeasured(rounds: number): Promise<void> {
  const server = await startPostgres({ initSql: SCHEMA });
  const guard = await startGuard({
    resources: ['plain', 'limited'].map((name) => ({
      name,
      environment: 'development',
      url: server.url(),
    })),
    policy: POLICY,
  });
  try {
    const session = await guard.session();
    const clients = new Map([
      ['direct', new pg.Client(server.url())],
      ['guard, plain', new pg.Client(session.url('plain'))],
      ['guard, measured', new pg.Client(session.url('limited'))],
    ]);
    for (const client of clients.values()) await client.connect();
    const times = new Map([...clients.keys()].map((name) => [name, [] as number[]]));
    for (let turn = 0; turn < rounds * 20; turn += 1) {
      for (const [name, client] of clients) {
        const own = times.get(name) ?? [];
        for (let at = 0; at < 25; at += 1) own.push(await timeOne(client, turn * 25 + at));
      }
    }
    for (const client of clients.values()) await client.end();
    show(times);
  } finally {
    await guard.stop();
    await server.stop();
  }
}

async function timeOne(client: pg.Client, at: number): Promise<number> {
  const started = performance.now();
  await client.query({ ...UPDATE, values: [1 + (at % 10_000)] });
  return performance.now() - started;
}

function show(times: ReadonlyMap<string, readonly number[]>): void {
  const rows = [...times].map(([name, all]) => {
    const sorted = [...all].sort((one, other) => one - other);
    return { name, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
  });
  const plain = rows.find(({ name }) => name === 'guard, plain')?.p50 ?? Number.NaN;
  printTable([
    ['single-row UPDATE', 'p50 ms', 'p99 ms', 'to plain'],
    ...rows.map(({ name, p50, p99 }) => [
      name,
      p50.toFixed(3),
      p99.toFixed(3),
      `${(p50 / plain).toFixed(2)}x`,
    ]),
  ]);
}
