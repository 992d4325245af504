/** `approval watch` at a terminal: what a person sees and types while questions come. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeSync } from 'node:fs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openPseudoTerminal } from '../../daemon/src/control/server/fixtures/pseudo-terminal.ts';
import type { PseudoTerminal } from '../../daemon/src/control/server/fixtures/pseudo-terminal.ts';
import { entry, startGuard } from '../servers/guard.ts';
import type { Guard } from '../servers/guard.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { TestPostgres } from '../servers/postgres.ts';

let postgres: TestPostgres;
let guard: Guard;
let terminal: PseudoTerminal;
let watch: ChildProcess;
let seen: string;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres({ initSql: 'CREATE TABLE bookings (id int)' });
  const url = postgres.url();
  guard = await startGuard({ resources: [{ name: 'shop', environment: 'production', url }] });
});

afterAll(async () => {
  await guard.stop();
  await postgres.stop();
});

beforeEach(async () => {
  await postgres.sql('TRUNCATE bookings; INSERT INTO bookings VALUES (1), (2)');
  const session = await guard.session({ askTimeoutMs: 60_000 });
  client = new pg.Client({ connectionString: session.url() });
  await client.connect();
  terminal = openPseudoTerminal();
  seen = '';
  watch = spawn(process.execPath, [entry(), 'approval', 'watch'], {
    stdio: [terminal.slave, 'pipe', 'pipe'],
    env: { ...process.env, AGENTGUARD_HOME: guard.home },
  });
  for (const stream of [watch.stdout, watch.stderr]) {
    stream?.on('data', (chunk) => (seen += String(chunk)));
  }
  await sees(/watching, \d+ waiting/);
});

afterEach(async () => {
  watch.kill();
  terminal.close();
  await client.end();
});

/** Waits until the person has seen it. */
async function sees(pattern: RegExp): Promise<RegExpExecArray> {
  return vi.waitFor(
    () => {
      const match = pattern.exec(seen);
      if (match === null) throw new Error(`not seen: ${String(pattern)} in\n${seen}`);
      return match;
    },
    { timeout: 20_000, interval: 20 },
  );
}

function type(line: string): void {
  writeSync(terminal.master, `${line}\n`);
}

async function rowsLeft(): Promise<unknown> {
  return (await postgres.sql('SELECT count(*)::int AS left FROM bookings'))[0]?.['left'];
}

test('a question is approved by its id and its word, and by nothing less', async () => {
  const truncated = client.query('TRUNCATE bookings');
  const [, id = ''] = await sees(/to answer: approve (ap-\w+) bookings, or deny/);
  for (const less of ['', 'y', 'yes', '1', 'a', id, 'approve', 'approve bookings']) type(less);
  type(`approve ${id}`);
  type(`approve ${id} booking`);
  await sees(/needs the word `bookings`[^]*needs the word `bookings`/);
  expect(await rowsLeft()).toBe(2);
  type(`approve ${id} bookings`);
  await truncated;
  await sees(new RegExp(`${id} approved`));
  expect(await rowsLeft()).toBe(0);
});

test('a question is denied with a note that reaches the agent', async () => {
  const deleted = client.query('DELETE FROM bookings').then(
    () => 'done',
    (error: unknown) => error,
  );
  const [, id = ''] = await sees(/to answer: approve (ap-\w+)/);
  type(`deny ${id} archive them instead`);
  const answer = await deleted;
  expect(answer).toMatchObject({ code: '42501' });
  expect(JSON.stringify(answer)).toContain('archive them instead');
  expect(await rowsLeft()).toBe(2);
});

test('an answer to a question that is over is refused in words', async () => {
  type('approve ap-00000000 bookings');
  await sees(/no question `ap-00000000` waits/);
});
