/**
 * A real PostgreSQL for a test: fresh data folder, free port, private socket folder, gone afterwards
 * even when the test process is killed. It never touches a server that it did not start.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { binariesFor, EMBEDDED_MAJOR } from './binaries.ts';
import { makeTestTls, type TestTls, type TlsOptions } from './certificates.ts';
import { unprivileged, type RunAs } from './unprivileged.ts';

/** The real credential of every test. Whatever reaches an agent is searched for it. */
export const CANARY_PASSWORD = 'canary-9d1f4e7ab2c83560';

/** The role that owns the server. */
export const SUPERUSER = 'postgres';

/** A server that has not said "ready" by then will not; initdb alone takes about half a second. */
const START_TIMEOUT_MS = 60_000;

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
  const folder = makeFolder(runAs);
  try {
    const tls = await prepare(folder, runAs, options);
    const binaries = binariesFor(major, runAs);
    await initialise(binaries, folder, runAs);
    configure(folder, tls, options);
    const server = await startOnFreePort({ binaries, folder, runAs });
    const postgres = toTestPostgres(major, folder, tls, server);
    if (options.initSql !== undefined) await postgres.sql(options.initSql);
    return postgres;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Launch {
  readonly binaries: string;
  readonly folder: string;
  readonly runAs: RunAs;
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly log: () => string;
  readonly watchdog: ChildProcess;
}

/** Short on purpose: a Unix socket path holds about 100 characters. */
function makeFolder(runAs: RunAs): string {
  const folder = mkdtempSync(join(tmpdir(), 'ag-pg-'));
  mkdirSync(join(folder, 'socket'));
  if ('uid' in runAs) {
    chownSync(folder, runAs.uid, runAs.gid);
    chownSync(join(folder, 'socket'), runAs.uid, runAs.gid);
  }
  return folder;
}

async function prepare(
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

async function initialise(binaries: string, folder: string, runAs: RunAs): Promise<void> {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${CANARY_PASSWORD}\n`, { mode: 0o600 });
  if ('uid' in runAs) chownSync(passwordFile, runAs.uid, runAs.gid);
  const child = spawn(
    join(binaries, 'initdb'),
    [
      `--pgdata=${join(folder, 'data')}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...runAs, stdio: ['ignore', 'pipe', 'pipe'], env: serverEnvironment() },
  );
  const log = collect(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  rmSync(passwordFile, { force: true });
  if (code !== 0) throw new Error(`initdb failed:\n${log()}`);
}

/** A server must not read the PG* variables that a developer has set for another one. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

function configure(folder: string, tls: TestTls | null, options: PostgresOptions): void {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1, ::1',
    unix_socket_directories: join(folder, 'socket'),
    logging_collector: 'off',
    log_destination: 'stderr',
    // The machine of a test is small and several servers run at once.
    shared_buffers: '16MB',
    max_connections: '60',
    dynamic_shared_memory_type: 'mmap',
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
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  const data = join(folder, 'data');
  writeFileSync(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
  // The first line that fits wins, so the tests' own way in cannot be taken away.
  const hba = `local all ${SUPERUSER} scram-sha-256\n${options.hba ?? DEFAULT_HBA}\n`;
  writeFileSync(join(data, 'pg_hba.conf'), hba);
}

/** A port that was free a moment ago can be taken; another one is tried. */
async function startOnFreePort(launch: Launch): Promise<Running> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startServer(launch, await freePort());
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('could not bind');
      if (!taken || attempt === 5) throw error;
    }
  }
}

async function startServer(launch: Launch, port: number): Promise<Running> {
  const child = spawn(
    join(launch.binaries, 'postgres'),
    ['-D', join(launch.folder, 'data'), '-p', String(port)],
    { ...launch.runAs, stdio: ['ignore', 'pipe', 'pipe'], env: serverEnvironment() },
  );
  const log = collect(child);
  await waitUntilReady(child, log);
  const watchdog = watchOver(child, launch.folder);
  release(child);
  return { child, port, log, watchdog };
}

async function waitUntilReady(child: ChildProcess, log: () => string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`PostgreSQL ${why}:\n${log()}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('did not start in time');
    }, START_TIMEOUT_MS);
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(timer);
      fail('stopped while starting');
    });
    child.stderr?.on('data', () => {
      if (!log().includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Ends the server when this process ends in any way, `kill -9` included: the shell's `read` returns
 * when the pipe from us closes. It runs in its own group so that Ctrl-C does not end it first.
 */
function watchOver(child: ChildProcess, folder: string): ChildProcess {
  const script = 'read -r _; kill -QUIT "$1" 2>/dev/null; sleep 0.5; rm -rf "$2"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'watchdog', String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  return watchdog;
}

/** A running server does not keep this process alive; the watchdog ends it afterwards. */
function release(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream instanceof Socket) stream.unref();
  }
}

/** Keeps what a process prints. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function toTestPostgres(
  major: number,
  folder: string,
  tls: TestTls | null,
  server: Running,
): TestPostgres {
  const socketDir = join(folder, 'socket');
  return {
    major,
    port: server.port,
    socketDir,
    tls,
    url: (user = SUPERUSER, password = CANARY_PASSWORD, database = 'postgres') =>
      `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}` +
      `@127.0.0.1:${server.port}/${encodeURIComponent(database)}`,
    sql: (text, database = 'postgres') => runSql({ socketDir, port: server.port, database }, text),
    log: server.log,
    crash: () => end(server.child, 'SIGQUIT'),
    stop: async () => {
      await end(server.child, 'SIGINT');
      // The watchdog removes the folder as it ends; waiting for it makes `stop` complete.
      rmSync(folder, { recursive: true, force: true });
      server.watchdog.kill('SIGKILL');
    },
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

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one. */
async function end(child: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill(signal);
  await ended;
}
