/** The real Codex with our hooks, offline, with a scripted model. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addHooks, AGENT_FILES } from '../../../cli/src/agents/agent-file.ts';
import { CODEX, findAgent } from '../../servers/agents.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { startResponsesModel } from '../../servers/responses-model.ts';

const PATIENCE_MS = 120_000;
const PROGRAM = join(import.meta.dirname, '../../../cli/dist/agent-hook.js');

const codex = await findAgent(CODEX);

interface Talk {
  readonly results: readonly string[];
  readonly session: string;
}

describe.runIf(codex !== null)('Codex with the hooks of the guard', () => {
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
    folder = mkdtempSync(join(tmpdir(), 'ag-codex-'));
    workspace = join(folder, 'shop');
    mkdirSync(workspace);
    mkdirSync(join(folder, '.codex'));
    spawnSync('git', ['init', '-q', workspace]);
    writeFileSync(join(workspace, 'kept.txt'), 'a day of work');
    const address = { host: '', port: 0 };
    const hooks = addHooks('codex', null, { address, program: [process.execPath, PROGRAM] });
    writeFileSync(join(folder, AGENT_FILES.codex), hooks.ok ? hooks.text : '');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function converse(commands: readonly string[], flags: readonly string[]): Promise<Talk> {
    const model = await startResponsesModel(commands);
    const made = await guard.person.call('session.create', {
      agent: 'codex',
      label: null,
      resources: null,
      workspace,
      askTimeoutMs: 0,
      attended: false,
      held: false,
    });
    const { host, port } = made.hooks!;
    const config = [
      'model = "gpt-5"',
      'model_provider = "scripted"',
      '[model_providers.scripted]',
      'name = "scripted"',
      `base_url = "http://127.0.0.1:${model.port}/v1"`,
      'wire_api = "responses"',
      'env_key = "SCRIPTED_KEY"',
    ];
    writeFileSync(join(folder, '.codex/config.toml'), `${config.join('\n')}\n`);
    const child = spawn(
      codex!,
      [
        ...['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'],
        ...[...flags, 'do it'],
      ],
      {
        cwd: workspace,
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          SCRIPTED_KEY: 'dummy',
          AGENTGUARD_HOOK_URL: `http://${host}:${port}`,
          AGENTGUARD_TOKEN: made.token,
        },
      },
    );
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS - 30_000);
    await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    await model.close();
    return { results: model.results(), session: made.session };
  }

  async function firstHookOf(session: string): Promise<unknown> {
    const { sessions } = await guard.person.call('session.list', {});
    return sessions.find((one) => one.session === session)?.firstHookAt;
  }

  test(
    'a harmless command runs, a destructive one is denied with our reason and did not run',
    async () => {
      const { results, session } = await converse(
        ['touch ran.txt', 'git clean -fdx'],
        ['--dangerously-bypass-hook-trust'],
      );
      expect(results[1]).toContain('blocked by agentguard');
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(true);
      expect(existsSync(join(workspace, 'kept.txt'))).toBe(true);
      expect(await firstHookOf(session)).not.toBeNull();
    },
    PATIENCE_MS,
  );

  test(
    'hooks that nobody trusted are skipped without a word, and the session shows that none was seen',
    async () => {
      const { session } = await converse(['touch ran.txt'], []);
      expect(existsSync(join(workspace, 'ran.txt'))).toBe(true);
      expect(await firstHookOf(session)).toBeNull();
    },
    PATIENCE_MS,
  );
});
