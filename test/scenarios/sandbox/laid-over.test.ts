/** The policy that a session of Claude Code sees in a folder of the system, and that nobody else does. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skipLoudly } from '../../servers/skip.ts';
import { hasSandbox, startSandboxStage } from './sandbox-stage.ts';
import type { SandboxStage } from './sandbox-stage.ts';

const POLICY = '/etc/claude-code/managed-settings.json';

const free =
  hasSandbox() &&
  (!existsSync('/etc/claude-code') || !skipLoudly('this machine has a policy of its own already'));

describe.runIf(free)('a policy of the session', () => {
  let stage: SandboxStage;

  beforeAll(async () => {
    stage = await startSandboxStage();
  });
  afterAll(() => stage.stop());

  /** Runs a script under the agent's name. */
  function runAs(name: string, script: string): { readonly stdout: string } {
    const folder = join(stage.home, 'bin');
    mkdirSync(folder, { recursive: true });
    const program = join(folder, name);
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const [node, entry] = stage.guard.command;
    const args = [entry, 'run', '--sandbox', 'require', '--', program];
    const env = { PATH: process.env['PATH'], HOME: stage.home, AGENTGUARD_HOME: stage.guard.home };
    return spawnSync(node, args, { cwd: stage.workspace, env, encoding: 'utf8' });
  }

  test('is what the agent reads first, and cannot be changed or added to', () => {
    const { stdout } = runAs(
      'claude',
      `cat ${POLICY}; echo x 2>&- > ${POLICY} && echo changed; touch /etc/claude-code/more 2>&- && echo added; touch /etc/more 2>&- && echo more; wc -l < /etc/passwd`,
    );
    expect(stdout).toContain('"onFailure": "block"');
    expect(stdout).not.toMatch(/^(changed|added|more)$/m);
    expect(stdout).toMatch(/^\d+$/m);
  });

  test('is not there for another program, and not outside', () => {
    expect(runAs('other', `test -e ${POLICY} && echo there`).stdout).toBe('');
    expect(existsSync('/etc/claude-code')).toBe(false);
  });
});
