/**
 * Starts a throw-away PostgreSQL: fresh data folder, free port, private socket folder, gone afterwards even when
 * this process is killed. It never touches a server that it did not start.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunAs } from './unprivileged.ts';

/** A server that has not said "ready" by then will not; initdb alone takes about half a second. */
const START_TIMEOUT_MS = 60_000;

/** How often another port is tried when the one that was free is taken. */
const MAX_PORT_ATTEMPTS = 5;

/** What a server is started with. */
export interface LaunchOptions {
  /** Folder of `initdb` and `postgres`. */
  readonly binaries: string;
  readonly runAs: RunAs;
  readonly superuser: string;
  readonly password: string;
  /** Lines of postgresql.conf, over the defaults. Told the server's own folder. */
  readonly settings?: (folder: string) => Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf. */
  readonly hba: string;
  /** Whatever has to be in the folder before initdb. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** A running server. */
export interface LaunchedServer {
  readonly port: number;
  /** The folder of the Unix socket. */
  readonly socketDir: string;
  /** Everything the server has logged so far. */
  log(): string;
  /** Stops the server at once, as a crash would (immediate shutdown). */
  crash(): Promise<void>;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server. Throws with the server's own log when it does not come up. */
export async function launchServer(options: LaunchOptions): Promise<LaunchedServer> {
  const folder = makeFolder(options.runAs);
  try {
    await options.prepare?.(folder);
    await initialise(folder, options);
    configure(folder, options);
    const server = await startOnFreePort(folder, options);
    return toLaunchedServer(folder, server);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
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

async function initialise(folder: string, options: LaunchOptions): Promise<void> {
  const { binaries, runAs } = options;
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if ('uid' in runAs) chownSync(passwordFile, runAs.uid, runAs.gid);
  const child = spawn(
    join(binaries, 'initdb'),
    [
      `--pgdata=${join(folder, 'data')}`,
      `--username=${options.superuser}`,
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

function configure(folder: string, options: LaunchOptions): void {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1, ::1',
    unix_socket_directories: join(folder, 'socket'),
    logging_collector: 'off',
    log_destination: 'stderr',
    // The machine may be small, and several servers may run at once.
    shared_buffers: '16MB',
    max_connections: '60',
    dynamic_shared_memory_type: 'mmap',
    ...options.settings?.(folder),
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  const data = join(folder, 'data');
  writeFileSync(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
  writeFileSync(join(data, 'pg_hba.conf'), `${options.hba}\n`);
}

/** A port that was free a moment ago can be taken; another one is tried. */
async function startOnFreePort(folder: string, options: LaunchOptions): Promise<Running> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startServer(folder, options, await freePort());
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('could not bind');
      if (!taken || attempt === MAX_PORT_ATTEMPTS) throw error;
    }
  }
}

async function startServer(folder: string, options: LaunchOptions, port: number): Promise<Running> {
  const child = spawn(
    join(options.binaries, 'postgres'),
    ['-D', join(folder, 'data'), '-p', String(port)],
    { ...options.runAs, stdio: ['ignore', 'pipe', 'pipe'], env: serverEnvironment() },
  );
  const log = collect(child);
  await waitUntilReady(child, log);
  const watchdog = watchOver(child, folder);
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

function toLaunchedServer(folder: string, server: Running): LaunchedServer {
  return {
    port: server.port,
    socketDir: join(folder, 'socket'),
    log: server.log,
    crash: () => end(server.child, 'SIGQUIT'),
    stop: async () => {
      await end(server.child, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
      server.watchdog.kill('SIGKILL');
    },
  };
}

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one. */
async function end(child: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill(signal);
  await ended;
}
