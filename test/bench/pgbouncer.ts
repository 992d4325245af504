/** PgBouncer in session pooling, as the yardstick of what a proxy costs. Runs as whoever the server runs as. */

import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipLoudly } from '../servers/skip.ts';
import { unprivileged } from '@agentguard/cli/demo-server';
import type { Contender } from './contender.ts';
import { findProgram } from './run-program.ts';

/** PgBouncer listens within milliseconds; this is for a machine that is busy. */
const START_TIMEOUT_MS = 10_000;

/** More than the most clients of any run, so that nobody waits for a server connection. */
const POOL_SIZE = 20;

/** Starts PgBouncer before the direct contender's server; null, said loudly, when it is not installed. */
export async function startPgBouncer(direct: Contender): Promise<Contender | null> {
  const file = findProgram('pgbouncer');
  if (file === null) {
    skipLoudly('PgBouncer is not installed, so nothing is compared with it');
    return null;
  }
  const runAs = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'ag-bouncer-'));
  const port = await freePort();
  const users = join(folder, 'users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  writeFileSync(users, `"${direct.user}" "${direct.password}"\n`, { mode: 0o600 });
  writeFileSync(settings, toSettings(direct, { port, users }), { mode: 0o600 });
  if ('uid' in runAs) {
    for (const path of [folder, users, settings]) chownSync(path, runAs.uid, runAs.gid);
  }
  const child = spawn(file, ['--quiet', settings], {
    ...runAs,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGTERM'));
  await waitUntilListening(child, port);
  return {
    ...direct,
    name: 'pgbouncer',
    port,
    pid: child.pid ?? null,
    stop: () => end(child, folder),
  };
}

function toSettings(
  direct: Contender,
  own: { readonly port: number; readonly users: string },
): string {
  return [
    '[databases]',
    `${direct.database} = host=${direct.host} port=${direct.port} dbname=${direct.database}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${own.port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${own.users}`,
    'pool_mode = session',
    `default_pool_size = ${POOL_SIZE}`,
    'max_client_conn = 100',
    'ignore_startup_parameters = extra_float_digits',
    '',
  ].join('\n');
}

async function waitUntilListening(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await accepts(port)) return;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(`PgBouncer did not start:\n${said}`);
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // SIGTERM is PgBouncer's immediate shutdown.
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
