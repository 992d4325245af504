/** The program that agents start as a hook, as they start it. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';

const PROGRAM = join(import.meta.dirname, '../../../cli/dist/agent-hook.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function hook(
  agent: string,
  event: unknown,
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, agent], { env, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof event === 'string' ? event : JSON.stringify(event));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

let guard: Guard;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  guard = await startGuard({ resources: [] });
  const made = await guard.person.call('session.create', {
    agent: 'codex',
    label: null,
    resources: null,
    workspace: '/tmp',
    askTimeoutMs: 0,
    attended: false,
    held: false,
  });
  const { host, port } = made.hooks!;
  env = { AGENTGUARD_HOOK_URL: `http://${host}:${port}`, AGENTGUARD_TOKEN: made.token };
});

afterAll(async () => {
  await guard.stop();
});

const call = (command: string): object => ({
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command },
});

test('harmless work is let through without a word', async () => {
  expect(await hook('codex', call('ls'), env)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('what destroys is denied in the shape that the agent takes', async () => {
  const { code, stdout } = await hook('codex', call('terraform destroy'), env);
  expect(code).toBe(0);
  const answer: unknown = JSON.parse(stdout);
  expect(answer).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
  expect(Object.keys(answer as object)).toEqual(['hookSpecificOutput']);
});

describe('every failure is a text and exit code 2', () => {
  test.each<[string, string, unknown, Readonly<Record<string, string>>, RegExp]>([
    ['no session', 'codex', call('ls'), {}, /outside of the guard/],
    [
      'nobody there',
      'codex',
      call('ls'),
      { AGENTGUARD_HOOK_URL: 'http://127.0.0.1:9', AGENTGUARD_TOKEN: 'x' },
      /ECONNREFUSED/,
    ],
    [
      'a bad address',
      'codex',
      call('ls'),
      { AGENTGUARD_HOOK_URL: 'x', AGENTGUARD_TOKEN: 'x' },
      /blocked/,
    ],
    ['an unknown agent', 'other', call('ls'), {}, /blocked/],
  ])('%s', async (_name, agent, event, variables, text) => {
    const ended = await hook(agent, event, variables);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(text);
  });

  test('a token that is not that of a session', async () => {
    const ended = await hook('codex', call('ls'), { ...env, AGENTGUARD_TOKEN: 'other' });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
  });
});

test('what cannot be read is a no', async () => {
  const { stdout } = await hook('cursor', '{', env);
  expect(stdout).toContain('"permission":"deny"');
});
