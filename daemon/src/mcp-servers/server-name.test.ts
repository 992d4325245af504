import { expect, test } from 'vitest';
import { toServerName } from './server-name.ts';

test.each([
  [['npx', '-y', '@modelcontextprotocol/server-everything@1.2.3'], 'everything'],
  [
    ['node', '/p/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js', '/srv'],
    'filesystem',
  ],
  [['node', '/home/ana/weather-mcp/dist/index.js'], 'weather'],
  [['uvx', 'mcp-server-git'], 'git'],
  [['/usr/local/bin/postgres-mcp', '--x'], 'postgres'],
  [['docker', 'run', '-i', 'ghcr.io/github/github-mcp-server'], 'github'],
  [['node', 'index.js'], 'index'],
  [['\u202e'], 'server'],
])('%j is called %s', (argv, name) => {
  expect(toServerName(argv, () => false)).toBe(name);
});

test('a name that is taken gets a number', () => {
  const taken = new Set(['git', 'git-2']);
  expect(toServerName(['uvx', 'mcp-server-git'], (name) => taken.has(name))).toBe('git-3');
});
