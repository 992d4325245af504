/**
 * A real PostgreSQL for a test: fresh data folder, free port, private socket folder, gone afterwards
 * even when the test process is killed. It never touches a server that it did not start.
 */

import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDED_MAJOR, launchServer, unprivileged } from '@agentguard/cli/demo-server';
import type { LaunchedServer, RunAs } from '@agentguard/cli/demo-server';
import pg from 'pg';
import { binariesFor } from './binaries.ts';
import { makeTestTls, type TestTls, type TlsOptions } from './certificates.ts';

/** The real credential of every test. Whatever reaches an agent is searched for it. */
export const CANARY_PASSWORD = 'canary-9d1f4e7ab2c83560';

/** The role that owns the server. */
export const SUPERUSER = 'postgres';

/** What a test may ask of its server. */
export interface PostgresOptions {
  /** Default 18. One of `installedMajors()`. */
  readonly major?: number;
  /** Certificates of a fresh local authority; `true` for `localhost`, `127.0.0.1` and `::1`. */
  readonly tls?: boolean | TlsOptions;
  /** Lines of pg_hba.conf. Default: SCRAM for everybody. The superuser over the socket stays possible. */
  readonly hba?: string;
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Statements run as the superuser once the server is up. */
  readonly initSql?: string;
  /** True where a test is about power loss. Default false, for speed. */
  readonly fsync?: boolean;
}

/** A running server. */
export interface TestPostgres {
  readonly major: number;
  readonly port: number;
  /** The folder of the Unix socket. */
  readonly socketDir: string;
  readonly tls: TestTls | null;
  /** A connection URL over TCP to 127.0.0.1. Default: the superuser, its canary password, database `postgres`. */
  url(user?: string, password?: string, database?: string): string;
  /** Runs statements as the superuser over the socket and returns the last statement's rows. */
  sql(text: string, database?: string): Promise<readonly Record<string, unknown>[]>;
  /** Everything the server has logged so far. */
  log(): string;
  /** Stops the server at once, as a crash would (immediate shutdown). */
  crash(): Promise<void>;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

const DEFAULT_HBA = [
  'local all all scram-sha-256',
  'host all all 127.0.0.1/32 scram-sha-256',
  'host all all ::1/128 scram-sha-256',
].join('\n');

/** Starts a server and runs `initSql`. Throws with the server's own log when it does not come up. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const major = options.major ?? EMBEDDED_MAJOR;
  const runAs = unprivileged();
  let tls: TestTls | null = null;
  const server = await launchServer({
    binaries: binariesFor(major, runAs),
    runAs,
    superuser: SUPERUSER,
    password: CANARY_PASSWORD,
    // The first line that fits wins, so the tests' own way in cannot be taken away.
    hba: `local all ${SUPERUSER} scram-sha-256\n${options.hba ?? DEFAULT_HBA}`,
    prepare: async (folder) => {
      tls = await makeTls(folder, runAs, options);
    },
    settings: () => toSettings(tls, options),
  });
  const postgres = toTestPostgres(major, tls, server);
  try {
    if (options.initSql !== undefined) await postgres.sql(options.initSql);
    return postgres;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function makeTls(
  folder: string,
  runAs: RunAs,
  options: PostgresOptions,
): Promise<TestTls | null> {
  if (options.tls === undefined || options.tls === false) return null;
  const tls = await makeTestTls(join(folder, 'tls'), options.tls === true ? {} : options.tls);
  if ('uid' in runAs) {
    chmodSync(folder, 0o711);
    chownSync(tls.serverKeyFile, runAs.uid, runAs.gid);
  }
  return tls;
}

function toSettings(tls: TestTls | null, options: PostgresOptions): Record<string, string> {
  return {
    ...(options.fsync === true
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...(tls === null
      ? {}
      : {
          ssl: 'on',
          ssl_cert_file: tls.serverCertFile,
          ssl_key_file: tls.serverKeyFile,
          ssl_ca_file: tls.caFile,
        }),
    ...options.settings,
  };
}

function toTestPostgres(major: number, tls: TestTls | null, server: LaunchedServer): TestPostgres {
  const { port, socketDir } = server;
  return {
    major,
    port,
    socketDir,
    tls,
    url: (user = SUPERUSER, password = CANARY_PASSWORD, database = 'postgres') =>
      `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}` +
      `@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    sql: (text, database = 'postgres') => runSql({ socketDir, port, database }, text),
    log: () => server.log(),
    crash: () => server.crash(),
    stop: () => server.stop(),
  };
}

async function runSql(
  where: { readonly socketDir: string; readonly port: number; readonly database: string },
  text: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({
    host: where.socketDir,
    port: where.port,
    user: SUPERUSER,
    password: CANARY_PASSWORD,
    database: where.database,
  });
  await client.connect();
  try {
    const result: unknown = await client.query(text);
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as pg.QueryResult<Record<string, unknown>>).rows;
  } finally {
    await client.end();
  }
}
