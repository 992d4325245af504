/** The save point that is made beside a command that starts. */

import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startSavePoint, type Saving } from '../../../cli/src/savepoint/background.ts';
import { entry } from '../../servers/guard.ts';
import { makeWorkspace, type Workspace } from './workspace-stage.ts';

let workspace: Workspace;
let said: string[];
beforeEach(() => {
  workspace = makeWorkspace('mkdir ../home; git init -q .; echo x > a; mkdir in; git init -q in');
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  workspace.remove();
});

function start(folder = workspace.root): Saving {
  return startSavePoint({
    folder,
    session: 'ses-0123456789abcdef',
    agent: 'claude',
    reason: 'session start',
    command: [process.execPath, entry()],
    env: { ...process.env, HOME: workspace.home, AGENTGUARD_HOME: workspace.home },
  });
}

test('says that it is complete, and loudly what is not in it', async () => {
  const saving = start();
  await saving.announce(30_000);
  expect(said.join('')).toMatch(
    /^agentguard: save point sp-[0-9a-f]{8} is complete: 1 files \(agentguard undo\)\n {2}NOT in it: 1 files or folders \(agentguard undo show sp-[0-9a-f]{8}\)\n$/,
  );
  await saving.conclude();
  expect(said).toHaveLength(2);
});

test('goes on beside the command when it takes longer, and says at the end that it is complete', async () => {
  const saving = start();
  await saving.announce(0);
  expect(said).toEqual([
    'agentguard: a save point of the files is being made beside the command\n',
  ]);
  await vi.waitFor(
    () => {
      expect(workspace.guard(['undo']).stdout).toContain('session start');
    },
    { timeout: 30_000 },
  );
  await saving.conclude();
  expect(said[1]).toContain('is complete: 1 files');
});

test('neither keeps a finished command alive nor lets it end while it waits', () => {
  const script = `
    import { startSavePoint } from '${join(import.meta.dirname, '../../../cli/src/savepoint/background.ts')}';
    const saving = startSavePoint({ folder: '.', session: 'ses-0123456789abcdef', agent: 'a',
      reason: 'session start', command: [process.execPath, '${entry()}'] });
    await saving.announce(0);
    if (process.argv.includes('wait')) await saving.announce(30000);
    process.stdout.write('end');`;
  const run = (...args: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script, '--', ...args], {
      cwd: workspace.root,
      env: { ...process.env, HOME: workspace.home, AGENTGUARD_HOME: workspace.home },
      encoding: 'utf8',
    });
  const waited = run('wait');
  expect(waited.stderr).toContain('is complete');
  expect([waited.status, waited.stdout]).toEqual([0, 'end']);
  const left = run();
  expect([left.status, left.stdout, left.stderr.includes('is complete')]).toEqual([
    0,
    'end',
    false,
  ]);
});

test('says that there is none, and why', async () => {
  const saving = start(workspace.home);
  await saving.announce(30_000);
  expect(said.join('')).toMatch(
    /^agentguard: NO save point of the files: `.*` holds far more than a workspace/,
  );
});
