import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMBEDDED_MAJOR } from '@agentguard/cli/demo-server';
import { installedMajors, missingMajors } from './binaries.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { skipLoudly } from './skip.ts';

for (const major of missingMajors()) skipLoudly(`PostgreSQL ${major} is not installed`);

describe.each(installedMajors())('a test server of PostgreSQL %i', (major) => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres({
      major,
      tls: true,
      initSql: `create role agent login password 'secret-of-agent'; create table t(a int)`,
    });
  });
  afterAll(() => server.stop());

  it('is of that major', async () => {
    const [row] = await server.sql('show server_version_num');
    expect(Math.floor(Number(row!.server_version_num) / 10_000)).toBe(major);
  });

  it('lets a user in with the right password only', async () => {
    const good = new pg.Client(server.url('agent', 'secret-of-agent'));
    await good.connect();
    await good.end();
    const bad = new pg.Client(server.url('agent', 'another'));
    await expect(bad.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('speaks TLS with a certificate of its own authority', async () => {
    const [row] = await server.sql('show ssl');
    expect(row!.ssl).toBe('on');
    expect(server.tls).not.toBeNull();
  });
});

describe('a test server', () => {
  it('leaves nothing behind when it is stopped', async () => {
    const server = await startPostgres();
    await server.stop();
    expect(existsSync(server.socketDir)).toBe(false);
    await expect(new pg.Client(server.url()).connect()).rejects.toThrow();
  });

  it('dies with the process that started it, even killed', async () => {
    const program =
      `const { startPostgres } = await import(${JSON.stringify(import.meta.resolve('./postgres.ts'))});` +
      `const s = await startPostgres(); console.log(s.port + ' ' + s.socketDir); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    child.stdout.setEncoding('utf8');
    const line = await new Promise<string>((resolve) => child.stdout.once('data', resolve));
    const [port, socketDir] = line.trim().split(' ');
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(socketDir!), { timeout: 20_000, interval: 100 }).toBe(false);
    await expect(
      new pg.Client(`postgres://postgres:x@127.0.0.1:${port!}/postgres`).connect(),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is always available in the embedded major', () => {
    expect(installedMajors()).toContain(EMBEDDED_MAJOR);
  });
});
