/** The real Claude Code under a policy that is laid over for one session: what a project or a flag switches off stays on. */

import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claudeManagedPolicy } from '../../../cli/src/agents/claude-settings.ts';
import { CLAUDE_CODE, findAgent } from '../../servers/agents.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { startModel } from '../../servers/model.ts';
import { skipLoudly } from '../../servers/skip.ts';

const PATIENCE_MS = 120_000;

const hasBubblewrap =
  spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']).status === 0 ||
  !skipLoudly('the policy of a session: bubblewrap does not start here');
const claude = hasBubblewrap ? await findAgent(CLAUDE_CODE) : null;

/** The same `/etc` with the policy in it. */
function overlay(policy: string): readonly string[] {
  const entries = readdirSync('/etc').flatMap((name) => {
    const path = join('/etc', name);
    return lstatSync(path).isSymbolicLink()
      ? ['--symlink', readlinkSync(path), path]
      : ['--ro-bind-try', path, path];
  });
  return [
    '--dev-bind',
    '/',
    '/',
    '--tmpfs',
    '/etc',
    ...entries,
    '--ro-bind',
    policy,
    '/etc/claude-code',
  ];
}

describe.runIf(claude !== null)('the policy of a session', () => {
  let guard: Guard;
  let folder: string;

  beforeAll(async () => {
    guard = await startGuard({ resources: [] });
    folder = mkdtempSync(join(tmpdir(), 'ag-managed-'));
  });

  afterAll(async () => {
    await guard.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['a project that switches hooks off', [], 'git clean -fdx', false],
    ['--bare', ['--bare'], 'git clean -fdx', false],
    ['--bare, and harmless work', ['--bare'], 'touch ran.txt', true],
  ])(
    'holds with %s',
    async (name, flags, command, runs) => {
      const workspace = mkdtempSync(join(folder, 'w-'));
      mkdirSync(join(workspace, '.claude'));
      const off = JSON.stringify({ disableAllHooks: true });
      writeFileSync(join(workspace, '.claude/settings.json'), off);
      writeFileSync(join(workspace, 'kept.txt'), name);
      spawnSync('git', ['init', '-q', workspace]);
      const made = await guard.person.call('session.create', {
        agent: 'claude',
        label: null,
        resources: null,
        workspace,
        askTimeoutMs: 0,
        attended: false,
        held: false,
      });
      const policy = mkdtempSync(join(folder, 'p-'));
      for (const { path, content } of claudeManagedPolicy(made.hooks!)) {
        writeFileSync(join(policy, basename(path)), content);
      }
      const model = await startModel([{ tool: 'Bash', input: { command, description: 'x' } }]);
      const child = spawn(
        'bwrap',
        [
          ...overlay(policy),
          '--',
          claude!,
          '-p',
          'do it',
          '--dangerously-skip-permissions',
          ...flags,
        ],
        {
          cwd: workspace,
          stdio: 'ignore',
          env: {
            PATH: process.env['PATH'],
            HOME: folder,
            IS_SANDBOX: '1',
            ANTHROPIC_BASE_URL: `http://127.0.0.1:${model.port}`,
            ANTHROPIC_API_KEY: 'sk-ant-dummy',
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
            DISABLE_AUTOUPDATER: '1',
            DISABLE_TELEMETRY: '1',
            AGENTGUARD_TOKEN: made.token,
          },
        },
      );
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS - 10_000);
      await new Promise((resolve) => child.once('close', resolve));
      clearTimeout(timer);
      await model.close();
      const [result] = model.results();
      expect(existsSync(join(workspace, 'kept.txt'))).toBe(true);
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(runs);
      expect(result?.includes('blocked by agentguard')).toBe(!runs);
    },
    PATIENCE_MS,
  );
});
