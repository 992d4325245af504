/** What a guarded session commits is looked through from outside of it, whatever the agent does about the check. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { GitStage, TOKEN } from './git-stage.ts';

const CLI = join(import.meta.dirname, '../../../cli/dist/agentguard.js');

let guard: Guard;
let stage: GitStage;
beforeAll(async () => {
  guard = await startGuard({ resources: [] });
});
afterAll(() => guard.stop());
beforeEach(() => {
  stage = new GitStage();
  stage.stage('a.txt', `earlier ${TOKEN}\n`);
  stage.commit('before the session');
});
afterEach(() => {
  stage.remove();
});

/** Runs a line of shell as an agent would. */
function run(line: string): string {
  const env = { PATH: process.env['PATH'], HOME: guard.home, AGENTGUARD_HOME: guard.home };
  const args = [CLI, 'run', '--sandbox', 'off', '--', 'sh', '-c', line];
  const { stderr } = spawnSync(process.execPath, args, { cwd: stage.root, env, encoding: 'utf8' });
  return stderr;
}

const COMMIT = `printf 'k %s\\n' "$(printf AKIA)QYLPMN5HFIQR7XYB" > b.txt && git add b.txt && git commit -q --no-verify -m x`;

describe('P-77: a session that commits a secret', () => {
  test.each([
    ['around every hook', COMMIT],
    [
      'and allows it in the settings',
      `printf 'version: 1\\nscan:\\n  exclude: ["**"]\\n' > agentguard.yaml; echo 'b.txt:x:1' > .gitleaksignore; git add -A; ${COMMIT}`,
    ],
    [
      'in a commit that a later one takes out again',
      `${COMMIT} && git rm -q b.txt && git commit -q --no-verify -m y`,
    ],
    ['on a branch of its own', `git checkout -q -b side && ${COMMIT} && git checkout -q main`],
  ])('%s is told of at its end, by name and commit', (_, line) => {
    const said = run(line);
    expect(said).toContain('this session committed a secret');
    expect(said).toMatch(/[0-9a-f]{12} b\.txt:1 {2}AWS access key id/);
    expect(said).not.toContain('QYLPMN5HFIQR7XYB');
  });

  test('has a neighbour that commits none, of which nothing is said', () => {
    expect(run('echo x > c.txt && git add c.txt && git commit -q -m x')).not.toContain('committed');
  });
});
