import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { addHooks, AGENTS } from './agent-file.ts';
import type { AgentName, HookParts } from './agent-file.ts';

const PARTS: HookParts = {
  address: { host: '127.0.0.1', port: 4300 },
  program: ['/opt/node 24/bin/node', '/opt/agentguard/agent-hook.js'],
};

function added(agent: AgentName, before: string | null): string {
  const result = addHooks(agent, before, PARTS);
  if (!result.ok) throw new Error(result.why);
  return result.text;
}

test('Claude Code asks by HTTP, is blocked when nobody answers, and cannot be told to go without', () => {
  expect(JSON.parse(added('claude', null))).toMatchObject({
    disableAllHooks: false,
    hooks: {
      PreToolUse: [
        {
          matcher: '*',
          hooks: [
            {
              type: 'http',
              url: 'http://127.0.0.1:4300/hook/claude',
              onFailure: 'block',
              headers: { Authorization: 'Bearer $AGENTGUARD_TOKEN' },
              allowedEnvVars: ['AGENTGUARD_TOKEN'],
            },
          ],
        },
      ],
    },
  });
});

test.each<[AgentName, string]>([
  ['codex', 'hooks.PreToolUse'],
  ['cursor', 'hooks.beforeShellExecution'],
  ['gemini', 'hooks.BeforeTool'],
  ['vscode', 'hooks.PreToolUse'],
])('%s starts our own program by its absolute path', (agent, event) => {
  const root: unknown = JSON.parse(added(agent, null));
  expect(root).toHaveProperty(event);
  expect(JSON.stringify(root)).toContain(
    `'/opt/node 24/bin/node' /opt/agentguard/agent-hook.js ${agent}`,
  );
});

test('Cursor is told to fail closed at every event', () => {
  const text = added('cursor', null);
  expect(text.match(/"failClosed": true/g)).toHaveLength(text.match(/"command":/g)!.length);
});

test('the plugin of opencode holds neither an address nor a token', () => {
  const text = added('opencode', null);
  expect(text).not.toContain('4300');
  expect(text).toContain('process.env.AGENTGUARD_HOOK_URL');
});

describe('what else is in a file stays as it is', () => {
  test.each([
    '{\n  // mine\n  "model": "x",\n}\n',
    '{\r\n\t"permissions": { "deny": [ "Read(./x)" ] }\r\n}\r\n',
    '{ "hooks" : { } }',
  ])('%j', (before) => {
    const after = added('claude', before);
    for (const comment of before.match(/\/\/ mine/g) ?? []) expect(after).toContain(comment);
    expect(parse(after)).toMatchObject(parse(before) as object);
    expect(after).toContain('/hook/claude');
    if (before.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });
});

test('hooks of the person stay in front of ours', () => {
  const before = '{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[]}]},"z":1}';
  expect(JSON.parse(added('claude', before))).toMatchObject({
    z: 1,
    hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [] }, { matcher: '*' }] },
  });
});

describe('a file that cannot be read is left alone', () => {
  test.each([
    '',
    '[]',
    '7',
    '{',
    'null',
    '{"hooks":{"PreToolUse":{}}}',
    '{"hooks":{"PreToolUse":"x"}}',
  ])('%j', (before) => {
    expect(addHooks('claude', before, PARTS).ok).toBe(false);
  });

  test('and so is a plugin of the same name', () => {
    expect(addHooks('opencode', 'export {}', PARTS).ok).toBe(false);
  });
});

test.each(AGENTS)('what is written for %s holds no token', (agent) => {
  expect(added(agent, null)).not.toMatch(/agt-|Bearer [a-z0-9]{8}/);
});
