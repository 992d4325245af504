/** The demo, as the first screen of the README has it run: it ends well, says what it saw, and leaves nothing behind. */

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { entry } from '../servers/guard.ts';

const ours = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('agentguard-demo-'));

test('the demo shows what is stopped, what a yes costs, how it is taken back and that the record tells', async () => {
  const before = ours();
  const { stdout } = await promisify(execFile)(process.execPath, [entry(), 'demo'], {
    timeout: 55_000,
  });
  for (const stopped of ['TRUNCATE removes', 'UPDATE changes', 'DELETE removes', 'archive_old']) {
    expect(stdout).toContain(stopped);
  }
  expect(stdout).toMatch(/before: (.+)\nafter: {2}\1\n/);
  expect(stdout).toMatch(/measured: .*200.*1204|measured: .*1204.*200/);
  expect(stdout).toContain('after:  0 customers, 40 vehicles, 0 reservations');
  expect(stdout).toContain('1404 rows put back');
  expect(stdout).toMatch(
    /after: {2}200 customers, 40 vehicles, 1204 reservations\n\n\$ agentguard audit/,
  );
  expect(ours()).toEqual(before);
}, 60_000);
