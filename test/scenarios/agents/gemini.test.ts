/** The real Gemini CLI with our hooks, offline, with a scripted model. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addHooks, AGENT_FILES } from '../../../cli/src/agents/agent-file.ts';
import { findAgent, GEMINI } from '../../servers/agents.ts';
import { startGeminiModel } from '../../servers/gemini-model.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';

const PATIENCE_MS = 120_000;
const PROGRAM = join(import.meta.dirname, '../../../cli/dist/agent-hook.js');

/** What a person has who uses it with a key; hooks are added to it. */
const SETTINGS = `{
  // mine
  "security": { "auth": { "selectedType": "gemini-api-key" } },
  "general": { "disableAutoUpdate": true }
}
`;

const gemini = await findAgent(GEMINI);

describe.runIf(gemini !== null)('Gemini CLI with the hooks of the guard', () => {
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
    folder = mkdtempSync(join(tmpdir(), 'ag-gemini-'));
    workspace = join(folder, 'shop');
    mkdirSync(workspace);
    mkdirSync(join(folder, '.gemini'));
    spawnSync('git', ['init', '-q', workspace]);
    writeFileSync(join(workspace, 'kept.txt'), 'a day of work');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Has the agent run the commands; its hook is started as it would be from an installation. */
  async function converse(
    commands: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly results: readonly string[]; readonly hooked: boolean }> {
    const address = { host: '', port: 0 };
    const hooks = addHooks('gemini', SETTINGS, { address, program: [process.execPath, PROGRAM] });
    writeFileSync(join(folder, AGENT_FILES.gemini), hooks.ok ? hooks.text : '');
    const model = await startGeminiModel(commands);
    const made = await guard.person.call('session.create', {
      agent: 'gemini',
      label: null,
      resources: null,
      workspace,
      askTimeoutMs: 0,
      attended: false,
      held: false,
    });
    const { host, port } = made.hooks!;
    const child = spawn(
      gemini!,
      ['--yolo', '--skip-trust', '--model', 'gemini-2.5-flash', '-p', 'do it'],
      {
        cwd: workspace,
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          GEMINI_API_KEY: 'of-nobody',
          GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${model.port}`,
          AGENTGUARD_HOOK_URL: `http://${host}:${port}`,
          AGENTGUARD_TOKEN: made.token,
          ...env,
        },
      },
    );
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS - 30_000);
    await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    await model.close();
    const { sessions } = await guard.person.call('session.list', {});
    const own = sessions.find(({ session }) => session === made.session);
    return { results: model.results(), hooked: own?.firstHookAt != null };
  }

  test(
    'a harmless command runs, a destructive one is denied with our reason and did not run',
    async () => {
      const { results, hooked } = await converse(['touch ran.txt', 'git clean -fdx']);
      expect(results[1]).toContain('blocked by agentguard');
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(true);
      expect(existsSync(join(workspace, 'kept.txt'))).toBe(true);
      expect(hooked).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    'a hook that reaches nobody blocks the command',
    async () => {
      const nobody = { AGENTGUARD_HOOK_URL: 'http://127.0.0.1:9' };
      const { results } = await converse(['touch ran.txt'], nobody);
      expect(results[0]).toMatch(/agentguard/);
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(false);
    },
    PATIENCE_MS,
  );
});
