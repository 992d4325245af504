/** The hook endpoint of a running daemon, spoken to as agents speak to it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';

let guard: Guard;
let workspace: string;

beforeAll(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'ag-hooks-'));
  guard = await startGuard({ resources: [] });
});

afterAll(async () => {
  await guard.stop();
  rmSync(workspace, { recursive: true, force: true });
});

interface Opened {
  readonly session: string;
  readonly token: string;
  readonly url: string;
}

async function open(askTimeoutMs: number): Promise<Opened> {
  const made = await guard.person.call('session.create', {
    agent: 'claude',
    label: null,
    resources: null,
    workspace,
    askTimeoutMs,
    attended: false,
    held: false,
  });
  const { host, port } = made.hooks!;
  return { session: made.session, token: made.token, url: `http://${host}:${port}` };
}

function bash(command: string, id = 'toolu_1'): object {
  return {
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: id,
    cwd: workspace,
  };
}

async function send(opened: Opened, event: unknown, path = '/hook/claude'): Promise<unknown> {
  const response = await fetch(opened.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${opened.token}` },
    body: typeof event === 'string' ? event : JSON.stringify(event),
  });
  expect(response.status).toBe(200);
  return response.json();
}

const denied = (reason: RegExp): object => ({
  hookSpecificOutput: {
    hookEventName: 'PreToolUse',
    permissionDecision: 'deny',
    permissionDecisionReason: expect.stringMatching(reason) as string,
  },
});

describe('a hook over HTTP', () => {
  test('ordinary work passes, and the record has its intent and its outcome', async () => {
    const opened = await open(0);
    expect(await send(opened, bash('git status', 'toolu_9'))).toEqual({});
    const after = { ...bash('git status', 'toolu_9'), hook_event_name: 'PostToolUse' };
    expect(await send(opened, after)).toEqual({});
    const entries = await guard.audit({ session: opened.session });
    expect(JSON.stringify(entries)).toContain('git status');
    expect(JSON.stringify(entries)).toContain('"kind":"tool"');
  });

  test('what destroys is denied with its reason when nobody can be asked', async () => {
    const opened = await open(0);
    expect(await send(opened, bash('terraform destroy'))).toEqual(
      denied(/terraform destroy.*nobody can be asked/s),
    );
  });

  test('what destroys waits for a person, and their yes lets it pass', async () => {
    const opened = await open(60_000);
    const answer = send(opened, bash('git push --force'));
    const question = await guard.answer('approve');
    expect(question.headline).toContain('overwrites history');
    expect(await answer).toEqual({});
  });

  test('a no of the person is a no to the agent, with what they said', async () => {
    const opened = await open(60_000);
    const answer = send(opened, bash('git push --force'));
    await guard.answer('deny', 'not today');
    expect(await answer).toEqual(denied(/said no.*not today/s));
  });

  test('an attempt on the guard is denied with nobody asked', async () => {
    const opened = await open(60_000);
    expect(await send(opened, bash('agentguard approval approve apr-1'))).toEqual(
      denied(/blocked/),
    );
  });

  test.each([
    '',
    '{',
    '[]',
    '{"hook_event_name":"PreToolUse"}',
    JSON.stringify('x'.repeat(5_000_000)),
  ])('what cannot be read is denied: %.30s', async (body) => {
    expect(await send(await open(0), body)).toEqual(denied(/blocked by agentguard/));
  });

  test('a secret in the line is not on the record', async () => {
    const opened = await open(0);
    const secret = 'hunter' + '2hunter2';
    await send(opened, bash(`PGPASSWORD=${secret} psql`));
    const entries = JSON.stringify(await guard.audit({ session: opened.session }));
    expect(entries).toContain('PGPASSWORD=');
    expect(entries).not.toContain(secret);
  });

  test('without a live token there is no answer', async () => {
    const opened = await open(0);
    await guard.person.call('session.end', { session: opened.session });
    const response = await fetch(`${opened.url}/hook/claude`, {
      method: 'POST',
      headers: { authorization: `Bearer ${opened.token}` },
      body: JSON.stringify(bash('ls')),
    });
    expect(response.status).toBe(401);
  });
});

test('a hook program gets what it prints and ends in', async () => {
  const opened = await open(0);
  expect(await send(opened, bash('ls'), '/command/codex')).toEqual({
    stdout: '',
    stderr: '',
    exitCode: 0,
  });
  const cursor = { hook_event_name: 'beforeShellExecution', command: 'ls', cwd: workspace };
  expect(await send(opened, cursor, '/command/cursor')).toMatchObject({
    stdout: '{"permission":"allow"}\n',
  });
});

test('a session whose agent called no hook is shown as such', async () => {
  const silent = await open(0);
  const spoken = await open(0);
  await send(spoken, bash('ls'));
  const { sessions } = await guard.person.call('session.list', {});
  const firstHook = (id: string): unknown =>
    sessions.find(({ session }) => session === id)?.firstHookAt;
  expect(firstHook(silent.session)).toBeNull();
  expect(firstHook(spoken.session)).toMatch(/^\d{4}-/);
});
