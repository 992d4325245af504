/** The real opencode with our plugin, offline, with a scripted model. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addHooks, AGENT_FILES } from '../../../cli/src/agents/agent-file.ts';
import { findAgent, OPENCODE } from '../../servers/agents.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { startModel } from '../../servers/model.ts';

const PATIENCE_MS = 120_000;

const opencode = await findAgent(OPENCODE);

describe.runIf(opencode !== null)('opencode with the hooks of the guard', () => {
  let guard: Guard;
  let folder: string;
  let workspace: string;

  beforeAll(async () => {
    guard = await startGuard({ resources: [] });
    folder = mkdtempSync(join(tmpdir(), 'ag-opencode-'));
    workspace = join(folder, 'shop');
    mkdirSync(workspace);
    spawnSync('git', ['init', '-q', workspace]);
    writeFileSync(join(workspace, 'kept.txt'), 'a day of work');
    const plugin = join(folder, AGENT_FILES.opencode);
    mkdirSync(dirname(plugin), { recursive: true });
    const made = addHooks('opencode', null, { address: { host: '', port: 0 }, program: [] });
    writeFileSync(plugin, made.ok ? made.text : '');
  });

  afterAll(async () => {
    await guard.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function converse(commands: readonly string[], hooked = true): Promise<readonly string[]> {
    const script = commands.map((command) => ({
      tool: 'bash',
      input: { command, description: 'a step' },
    }));
    const model = await startModel(script);
    const made = await guard.person.call('session.create', {
      agent: 'opencode',
      label: null,
      resources: null,
      workspace,
      askTimeoutMs: 0,
      attended: false,
      held: false,
    });
    const { host, port } = made.hooks!;
    const baseURL = `http://127.0.0.1:${model.port}/v1`;
    const config = {
      provider: { anthropic: { options: { baseURL, apiKey: 'sk-ant-dummy' } } },
      autoupdate: false,
      share: 'disabled',
    };
    const child = spawn(opencode!, ['run', '--model', 'anthropic/claude-sonnet-4-5', 'do it'], {
      cwd: workspace,
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        ...(hooked
          ? { AGENTGUARD_HOOK_URL: `http://${host}:${port}`, AGENTGUARD_TOKEN: made.token }
          : {}),
      },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS - 30_000);
    await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    await model.close();
    return model.results();
  }

  test(
    'a harmless command runs, a destructive one is denied with our reason and did not run',
    async () => {
      const [, destructive] = await converse(['touch ran.txt', 'git clean -fdx']);
      expect(destructive).toContain('blocked by agentguard');
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(true);
      expect(existsSync(join(workspace, 'kept.txt'))).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    'started without the guard it runs nothing',
    async () => {
      const [result] = await converse(['touch outside.txt'], false);
      expect(result).toContain('outside of the guard');
      expect(existsSync(join(workspace, 'outside.txt'))).toBe(false);
    },
    PATIENCE_MS,
  );
});
