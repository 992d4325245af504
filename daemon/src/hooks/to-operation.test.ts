import type { ShellPlace } from '@agentguard/rules';
import { describe, expect, test } from 'vitest';
import { readHookCall } from './hook-call.ts';
import type { HookAgent } from './hook-call.ts';
import { readTool } from './to-operation.ts';

const PLACE: ShellPlace = {
  workspace: '/w',
  cwd: '/w',
  home: '/home/mia',
  temporary: ['/tmp'],
  guard: ['/home/mia/.config/agentguard'],
};

function deeds(agent: HookAgent, event: object): readonly string[] {
  const read = readHookCall(agent, event);
  if (!read.ok) throw new Error(read.problem);
  return readTool(read.call, PLACE).facts.findings.map(({ deed }) => deed);
}

const pre = (tool_name: string, tool_input: unknown, more: object = {}): object => ({
  hook_event_name: 'PreToolUse',
  tool_name,
  tool_input,
  ...more,
});

describe('what a tool of an agent would do is read from its event', () => {
  test.each<[HookAgent, object, readonly string[]]>([
    ['claude', pre('Bash', { command: 'git reset --hard' }), ['discard']],
    ['claude', pre('Bash', { command: 'git status' }), []],
    ['claude', pre('Bash', { command: 'rm -rf x' }, { cwd: '/w/sub' }), []],
    ['claude', pre('Bash', { command: 'rm -rf x' }, { cwd: '/srv' }), ['destroy']],
    ['claude', pre('Read', { file_path: '/w/.env' }), ['reveal']],
    ['claude', pre('Read', { file_path: '/w/.env.example' }), []],
    ['claude', pre('Write', { file_path: '/w/agentguard.yaml', content: 'x' }), ['tamper']],
    ['claude', pre('Edit', { file_path: '/w/.claude/settings.json' }), ['settings']],
    ['claude', pre('Write', { file_path: '/w/a.ts', content: 'git reset --hard' }), []],
    ['claude', pre('mcp__shop__query', { sql: 'select 1' }), []],
    ['claude', pre('Bash', { command: 7 }), ['unclear']],
    ['codex', pre('shell', { command: ['bash', '-lc', 'git clean -fdx'] }), ['discard']],
    ['codex', pre('shell', { command: ['bash', '-lc', "echo 'a b'"] }), []],
    [
      'codex',
      pre('apply_patch', { input: '*** Begin Patch\n*** Update File: .codex/config.toml\n' }),
      ['settings'],
    ],
    ['codex', pre('apply_patch', { input: '*** Begin Patch\n*** Add File: src/a.ts\n' }), []],
    ['codex', pre('apply_patch', { input: 'nothing' }), ['unclear']],
    [
      'cursor',
      { hook_event_name: 'beforeShellExecution', command: 'terraform destroy', cwd: '/w' },
      ['destroy'],
    ],
    [
      'cursor',
      { hook_event_name: 'beforeReadFile', file_path: '/home/mia/.ssh/id_rsa' },
      ['reveal'],
    ],
    [
      'cursor',
      { hook_event_name: 'beforeMCPExecution', tool_name: 'query', tool_input: '{"a":1}' },
      [],
    ],
    [
      'gemini',
      {
        hook_event_name: 'BeforeTool',
        tool_name: 'run_shell_command',
        tool_input: { command: 'dropdb x' },
      },
      ['database'],
    ],
    [
      'opencode',
      {
        hook_event_name: 'tool.execute.before',
        tool_name: 'bash',
        tool_input: { command: 'cat .env' },
      },
      ['reveal'],
    ],
    [
      'opencode',
      {
        hook_event_name: 'tool.execute.before',
        tool_name: 'read',
        tool_input: { filePath: '/w/a' },
      },
      [],
    ],
    [
      'vscode',
      {
        hookEventName: 'PreToolUse',
        tool_name: 'run_in_terminal',
        tool_input: { command: 'git push -f' },
      },
      ['destroy'],
    ],
  ])('%s %j', (agent, event, expected) => {
    expect(deeds(agent, event)).toEqual(expected);
  });
});

test('the content of a file is never kept', () => {
  const read = readHookCall('claude', pre('Write', { file_path: '/w/a', content: 'canary' }));
  expect(read.ok && JSON.stringify(readTool(read.call, PLACE))).not.toContain('canary');
});

describe('an event that cannot be read is none', () => {
  test.each([undefined, null, 7, 'x', [], { hook_event_name: 'PreToolUse' }, pre('Bash', [1])])(
    '%j',
    (event) => {
      expect(readHookCall('claude', event).ok).toBe(false);
    },
  );
});
