/** The real PostgreSQL of the demo, with its schema, and the counts that tell whether anything was lost. */

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { embeddedBinaries } from '../demo-server/embedded.ts';
import { launchServer } from '../demo-server/launch.ts';
import { unprivileged } from '../demo-server/unprivileged.ts';
import { DEMO_OWNER, DEMO_RESOURCE, DEMO_SCHEMA, DEMO_TABLES } from './schema.ts';

/** A running demo database. */
export interface DemoServer {
  readonly version: string;
  /** The real URL: what goes into the vault and nowhere else. */
  readonly url: string;
  /** Rows per table, asked on a direct connection. */
  count(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL in a temporary folder and fills it. */
export async function startDemoServer(): Promise<DemoServer> {
  const runAs = unprivileged();
  const password = randomBytes(18).toString('base64url');
  const server = await launchServer({
    binaries: embeddedBinaries(runAs),
    runAs,
    superuser: 'postgres',
    password,
    hba: 'local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256',
    // Nothing in the demo outlives it.
    settings: () => ({ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  });
  const urlOf = (user: string, database: string): string =>
    `postgres://${user}:${password}@127.0.0.1:${server.port}/${database}`;
  try {
    await runSql(urlOf('postgres', 'postgres'), [
      `CREATE ROLE ${DEMO_OWNER} LOGIN PASSWORD '${password}'`,
      `CREATE DATABASE "${DEMO_RESOURCE}" OWNER ${DEMO_OWNER}`,
    ]);
    const url = urlOf(DEMO_OWNER, DEMO_RESOURCE);
    await runSql(url, [DEMO_SCHEMA]);
    const version = await readVersion(url);
    return { version, url, count: () => countRows(url), stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function withClient<Result>(
  url: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function runSql(url: string, statements: readonly string[]): Promise<void> {
  return withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

function readVersion(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  });
}

function countRows(url: string): Promise<Readonly<Record<string, number>>> {
  return withClient(url, async (client) => {
    const counts: Record<string, number> = {};
    for (const table of DEMO_TABLES) {
      const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`);
      counts[table] = Number(rows[0]?.n);
    }
    return counts;
  });
}
