/** The real Claude Code with our hooks, offline, with a scripted model. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claudeSessionSettings } from '../../../cli/src/agents/claude-settings.ts';
import { CLAUDE_CODE, findAgent } from '../../servers/agents.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { startModel } from '../../servers/model.ts';

/** One conversation of three turns on a busy machine. */
const PATIENCE_MS = 120_000;

const claude = await findAgent(CLAUDE_CODE);

describe.runIf(claude !== null)('Claude Code with the hooks of the guard', () => {
  let guard: Guard;
  let folder: string;
  let workspace: string;

  beforeAll(async () => {
    guard = await startGuard({ resources: [] });
  });

  afterAll(async () => {
    await guard.stop();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ag-claude-'));
    workspace = join(folder, 'shop');
    mkdirSync(join(workspace, '.claude'), { recursive: true });
    spawnSync('git', ['init', '-q', workspace]);
    writeFileSync(join(workspace, 'kept.txt'), 'a day of work');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Has the agent run the commands, one per turn; gives what it was told of each. */
  async function converse(
    commands: readonly string[],
    options: { readonly port?: number; readonly askTimeoutMs?: number } = {},
  ): Promise<readonly string[]> {
    const script = commands.map((command) => ({
      tool: 'Bash',
      input: { command, description: 'a step' },
    }));
    const model = await startModel(script);
    const made = await guard.person.call('session.create', {
      agent: 'claude',
      label: null,
      resources: null,
      workspace,
      askTimeoutMs: options.askTimeoutMs ?? 0,
      attended: false,
      held: false,
    });
    const { host, port } = made.hooks!;
    const settings = join(folder, 'settings.json');
    writeFileSync(settings, claudeSessionSettings({ host, port: options.port ?? port }));
    const child = spawn(
      claude!,
      ['-p', 'do it', '--dangerously-skip-permissions', '--settings', settings],
      {
        cwd: workspace,
        stdio: ['ignore', 'ignore', 'ignore'],
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
    return model.results();
  }

  test(
    'a harmless command runs, a destructive one is denied with our reason and did not run',
    async () => {
      const [harmless, destructive] = await converse(['touch ran.txt', 'git clean -fdx']);
      expect(harmless).not.toContain('agentguard');
      expect(destructive).toContain('blocked by agentguard');
      expect(destructive).toContain('deletes files that git does not know');
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(true);
      expect(existsSync(join(workspace, 'kept.txt'))).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    'what a person approves while the agent waits, runs',
    async () => {
      const answered = guard.answer('approve');
      const [result] = await converse(['git clean -fdx'], { askTimeoutMs: 60_000 });
      await answered;
      expect(result).not.toContain('blocked');
      expect(existsSync(join(workspace, 'kept.txt'))).toBe(false);
    },
    PATIENCE_MS,
  );

  test(
    'with nobody behind the hook the call is blocked, also where the project switched hooks off',
    async () => {
      const off = JSON.stringify({ disableAllHooks: true });
      writeFileSync(join(workspace, '.claude/settings.json'), off);
      const [result] = await converse(['touch ran.txt'], { port: 9 });
      expect(result).toMatch(/hook/i);
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(false);
    },
    PATIENCE_MS,
  );
});
