import { expect, test } from 'vitest';
import { withGuardedServers } from './claude-servers.ts';

const SERVER = {
  ...{
    name: 'files',
    argv: ['npx', 'a b'],
    cwd: null,
    place: 'beside' as const,
    env: [],
    secrets: [],
  },
  ...{ database: null, programs: [], pinned: 1, waiting: 0, legacy: false },
};
const PARTS = { servers: [SERVER], guard: ['/n', '/a.js'] as const };

test('Claude Code gets the guarded set and no other', () => {
  const [strict, config = '', ...rest] = withGuardedServers('/usr/bin/claude', ['-p', 'hi'], PARTS);
  expect(strict).toBe('--strict-mcp-config');
  expect(rest).toEqual(['-p', 'hi']);
  expect(JSON.parse(config.replace('--mcp-config=', ''))).toEqual({
    mcpServers: {
      files: { type: 'stdio', command: '/n', args: ['/a.js', 'mcp', 'wrap', '--', 'npx', 'a b'] },
    },
  });
});

test.each([
  ['another program', 'node', []],
  ['a person who chose', 'claude', ['--mcp-config', 'mine.json']],
  ['a person who chose, in one word', 'claude', ['--mcp-config=mine.json']],
])('%s keeps what was typed', (_name, command, args) => {
  expect(withGuardedServers(command, args, PARTS)).toBe(args);
});

test('without guarded servers nothing is taken away', () => {
  const args = ['-p'];
  expect(withGuardedServers('claude', args, { ...PARTS, servers: [] })).toBe(args);
});
