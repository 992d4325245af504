import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMBEDDED_MAJOR } from '@agentguard/cli/demo-server';
import { installedMajors } from '../servers/binaries.ts';
import { skipLoudly } from '../servers/skip.ts';
import { startClientStage, type ClientStage } from './client-stage.ts';

const version = spawnSync('psql', ['--version'], { encoding: 'utf8' });
const installed = version.status === 0;
const missing = !installed && skipLoudly('psql is not installed');

/** An older psql asks a newer server for columns that are gone; its own major understands it. */
const own = Number(/(\d+)\./.exec(installed ? version.stdout : '')?.[1]);
const major = installedMajors().includes(own) ? own : EMBEDDED_MAJOR;

/** Commands that read the catalog in psql's own words, and what their answer has to hold. */
const READING: readonly (readonly [string, RegExp])[] = [
  ['\\dt', /reservations/],
  ['\\dt+ public.*', /payments/],
  ['\\d customers', /tenant_id.*integer/s],
  ['\\d+ reservations', /reservations_trail/],
  ['\\dv', /open_reservations/],
  ['\\dm', /revenue/],
  ['\\ds', /customers_id_seq/],
  ['\\di', /reservations_by_customer/],
  ['\\df', /price_of/],
  ['\\dn', /public/],
  ['\\dT', /vehicle_status/],
  ['\\du', /clerk/],
  ['\\l', /template1/],
  ['\\dx', /plpgsql/],
  ['\\dp payments', /payments/],
  ['\\sf price_of', /CREATE OR REPLACE FUNCTION/],
  ['\\sv vip_customers', /CREATE OR REPLACE VIEW/],
  ['\\conninfo', /development|production/],
  ['\\copy (select id from tenants order by id) to stdout', /1\n2\n3\n4/],
];

describe.skipIf(missing)('psql through the guard (P-21)', () => {
  let stage: ClientStage;
  let folder: string;

  beforeAll(async () => {
    stage = await startClientStage({ major });
    folder = mkdtempSync(join(tmpdir(), 'ag-psql-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await stage.stop();
  });

  it.each(READING)('%s answers in development and in production', async (command, expected) => {
    for (const label of ['development', 'production']) {
      const { code, stdout, stderr } = await psql(stage.session.url(label), ['-c', command]);
      expect(stderr).toBe('');
      expect(stdout).toMatch(expected);
      expect(code).toBe(0);
    }
  });

  it('\\copy goes in and comes out again', async () => {
    const source = join(folder, 'in.csv');
    const target = join(folder, 'out.csv');
    const text = Array.from({ length: 1000 }, (_, at) => `${at + 50_000},row ${at}\n`).join('');
    writeFileSync(source, text);
    const url = stage.session.url('development');
    const input = await psql(url, [
      '-c',
      `\\copy imported_reservations (id, status) from '${source}' csv`,
    ]);
    expect(input).toMatchObject({ code: 0, stdout: 'COPY 1000\n' });
    await psql(url, [
      '-c',
      `\\copy (select id, status from imported_reservations where id >= 50000 order by id) to '${target}' csv`,
    ]);
    expect(readFileSync(target, 'utf8')).toBe(text);
  });

  it('a script stops at a denial, and what stood before it in the transaction is undone (P-07)', async () => {
    const script = join(folder, 'script.sql');
    writeFileSync(
      script,
      `update customers set notes = 'scripted' where id = 40;\ntruncate payments;\nselect 'not reached';\n`,
    );
    const { code, stdout, stderr } = await psql(stage.session.url('development'), [
      '--single-transaction',
      '-v',
      'ON_ERROR_STOP=1',
      '-f',
      script,
    ]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/blocked by agentguard.*TRUNCATE removes every row of public\.payments/);
    expect(stderr).toMatch(/HINT/);
    expect(stdout).not.toContain('not reached');
    expect(await stage.sql('select notes from customers where id = 40')).toEqual([{ notes: null }]);
  });

  it('refuses another password in words that people understand (P-01)', async () => {
    const url = stage.session.url('development').replace(stage.session.token, 'agt_wrong');
    const { code, stderr } = await psql(url, ['-c', 'select 1']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/token/);
  });
});

interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs psql with no settings of anybody's home. */
function psql(url: string, args: readonly string[]): Promise<Printed> {
  const child = spawn('psql', ['--no-psqlrc', '--no-password', ...args, url], {
    env: { PATH: process.env['PATH'], LC_ALL: 'C', HOME: '/nonexistent', PAGER: 'cat' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
