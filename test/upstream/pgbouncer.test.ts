/** A pooler as the upstream: it speaks for the server, with fewer parameters and other answers. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeQuery } from '../../daemon/src/protocols/postgres/upstream-query.ts';
import {
  CANARY_PASSWORD,
  startPostgres,
  SUPERUSER,
  type TestPostgres,
} from '../servers/postgres.ts';
import { skipLoudly } from '../servers/skip.ts';
import { unprivileged } from '@agentguard/cli/demo-server';
import { openUpstream } from './open.ts';

const installed = spawnSync('pgbouncer', ['--version']).status === 0;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe.skipIf(!installed && skipLoudly('pgbouncer is not installed'))('through PgBouncer', () => {
  let server: TestPostgres;
  let bouncer: ChildProcess;
  let port: number;
  const folder = mkdtempSync(join(tmpdir(), 'ag-bouncer-'));

  beforeAll(async () => {
    const runAs = unprivileged();
    server = await startPostgres();
    port = await freePort();
    const write = (name: string, text: string): string => {
      const file = join(folder, name);
      writeFileSync(file, text, { mode: 0o600 });
      if ('uid' in runAs) chownSync(file, runAs.uid, runAs.gid);
      return file;
    };
    chmodSync(folder, 0o755);
    const users = write('users.txt', `"${SUPERUSER}" "${CANARY_PASSWORD}"\n`);
    const config = write(
      'pgbouncer.ini',
      `[databases]
postgres = host=127.0.0.1 port=${server.port} dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = session
`,
    );
    bouncer = spawn('pgbouncer', [config], { ...runAs, stdio: 'ignore' });
    await vi.waitFor(async () => expect(await isOpen(port)).toBe(true), { timeout: 20_000 });
  });
  afterAll(async () => {
    bouncer.kill('SIGKILL');
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('a link opens, answers and cancels', async () => {
    const text = `host=127.0.0.1 port=${port} user=${SUPERUSER} dbname=postgres password=${CANARY_PASSWORD}`;
    const link = await openUpstream(text, { parameters: new Map([['application_name', 'x']]) });
    expect(link.serverVersion).toBeGreaterThan(180_000);
    const query = makeQuery(link);
    const settings = `select current_setting('standard_conforming_strings'), current_setting('client_encoding')`;
    expect(await query.query(settings)).toEqual([['on', 'UTF8']]);
    const cancelled = expect(query.query('select pg_sleep(60)')).rejects.toMatchObject({
      sqlState: '57014',
    });
    await expect
      .poll(() =>
        server.sql(
          `select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()`,
        ),
      )
      .toHaveLength(1);
    await link.cancel();
    await cancelled;
    query.close();
  });
});
