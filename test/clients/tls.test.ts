import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintLeaf } from '../../daemon/src/tls/leaf.ts';
import { skipLoudly } from '../servers/skip.ts';
import { startClientStage, type ClientStage } from './client-stage.ts';

const run = promisify(execFile);

const noPsql = spawnSync('psql', ['--version']).status !== 0 && skipLoudly('psql is not installed');

let stage: ClientStage;
let certificate: string;
let folder: string;

beforeAll(async () => {
  stage = await startClientStage();
  folder = mkdtempSync(join(tmpdir(), 'ag-tls-'));
  certificate = join(stage.guard.paths.runtime, 'listener.pem');
  // The daemon writes it when it has a moment.
  while (!existsSync(certificate)) await sleep(50);
  writeFileSync(join(folder, 'other.pem'), (await mintLeaf(new Date())).certificate);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stage.stop();
});

/** The session's address without a word on encryption. */
function address(): string {
  return stage.session.url('production').replace(/\?.*$/, '');
}

describe.skipIf(noPsql)('psql with encryption to the guard (P-21)', () => {
  const psql = (query: string) =>
    run('psql', ['-X', '-A', '-t', '-c', '\\conninfo', '-c', 'select 1', query], {
      env: { PATH: process.env['PATH'] },
    });
  const url = (query: string): string => `${address()}?${query}`;

  it.each([
    ['wanted', 'sslmode=require'],
    ['preferred', 'sslmode=prefer'],
    ['verified in full', 'sslmode=verify-full&sslrootcert=$CERTIFICATE'],
  ])('%s gets it', async (_how, query) => {
    const { stdout } = await psql(url(query.replace('$CERTIFICATE', certificate)));
    expect(stdout).toMatch(/SSL connection|SSL Protocol/);
    expect(stdout).toMatch(/^1$/m);
  });

  it('not wanted does without', async () => {
    const { stdout } = await psql(url('sslmode=disable'));
    expect(stdout).not.toMatch(/SSL connection/);
    expect(stdout).toMatch(/^1$/m);
  });

  it('refuses a guard with another certificate', async () => {
    const query = `sslmode=verify-full&sslrootcert=${join(folder, 'other.pem')}`;
    await expect(psql(url(query))).rejects.toThrow(/certificate verify failed/);
  });
});

describe('drivers with encryption to the guard (P-21)', () => {
  it('node-postgres verifies the certificate, and streams a large answer', async () => {
    const ca = readFileSync(certificate, 'utf8');
    const client = new pg.Client({
      connectionString: address(),
      ssl: { ca },
    });
    await client.connect();
    const { rows } = await client.query(
      `select n, repeat('x', 100) as filler from generate_series(1, 20000) n`,
    );
    expect(rows).toHaveLength(20_000);
    await client.end();
  });

  it('node-postgres refuses another certificate', async () => {
    const ca = readFileSync(join(folder, 'other.pem'), 'utf8');
    const client = new pg.Client({
      connectionString: address(),
      ssl: { ca },
    });
    client.on('error', () => undefined);
    await expect(client.connect()).rejects.toThrow(/certificate/);
  });

  it('postgres.js asks for it and is denied as without it', async () => {
    const sql = postgres(address(), { ssl: 'require', max: 1 });
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    await expect(sql`truncate payments`).rejects.toThrow(/blocked by agentguard/);
    await sql.end();
  });
});
