import { parse } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { wrapServers } from './config-text.ts';
import type { ConfigForm } from './config-text.ts';

const WRAPPER = ['/opt/node 24/bin/node', '/opt/agentguard/agentguard.js', 'mcp', 'wrap', '--'];
const JSON_FORM: ConfigForm = { kind: 'json', at: ['mcpServers'] };

function wrapped(text: string, form = JSON_FORM): string {
  const result = wrapServers(text, form, WRAPPER);
  if (!result.ok) throw new Error(result.why);
  return result.text;
}

test('a server keeps its arguments exactly, behind the wrapper', () => {
  const argv = ['npx', '-y', 'some-server@1', 'a b', '$HOME', '; rm -rf /', '"quoted"', ''];
  const [command, ...args] = argv;
  const text = JSON.stringify({ mcpServers: { one: { command, args, env: { MODE: 'x' } } } });
  expect(JSON.parse(wrapped(text))).toEqual({
    mcpServers: {
      one: { command: WRAPPER[0], args: [...WRAPPER.slice(1), ...argv], env: { MODE: 'x' } },
    },
  });
});

test('comments and everything that is no server stay', () => {
  const text =
    '{\n  // mine\n  "other": [1, 2],\n  "mcpServers": {\n    "one": { "command": "x" }, /* here too */\n  },\n}\n';
  const after = wrapped(text);
  for (const kept of ['// mine', '/* here too */', '"other": [1, 2]'])
    expect(after).toContain(kept);
  expect(parse(after)).toMatchObject({
    mcpServers: { one: { command: WRAPPER[0], args: [...WRAPPER.slice(1), 'x'] } },
  });
});

test.each([
  '{}',
  '{"mcpServers":{}}',
  '{"mcpServers":{"remote":{"url":"https://example.com/mcp"}}}',
  '{"mcpServers":{"odd":{"command":7}}}',
  '{"mcpServers":[]}',
])('%s is left as it is', (text) => {
  expect(wrapped(text)).toBe(text);
});

test('what is behind the guard already stays so, and wrapping twice changes nothing', () => {
  const once = wrapped('{"mcpServers":{"one":{"command":"x","args":["y"]}}}');
  expect(wrapped(once)).toBe(once);
  const database =
    '{"mcpServers":{"db":{"command":"agentguard","args":["mcp","database","shop"]}}}';
  expect(wrapped(database)).toBe(database);
});

test('a reference that init left goes with the server, and out of the file', () => {
  const env = { GITHUB_TOKEN: 'agentguard:GITHUB_TOKEN', MODE: 'x' };
  const text = JSON.stringify({ mcpServers: { one: { command: 'x', env } } });
  const result = wrapServers(text, JSON_FORM, WRAPPER);
  expect(result).toMatchObject({
    servers: [{ secrets: { GITHUB_TOKEN: 'GITHUB_TOKEN' }, env: { MODE: 'x' } }],
  });
  expect(wrapped(text)).not.toContain('GITHUB_TOKEN');
});

test('opencode has one list', () => {
  const text = '{"mcp":{"one":{"type":"local","command":["x","y"],"environment":{"A":"b"}}}}';
  expect(JSON.parse(wrapped(text, { kind: 'opencode', at: ['mcp'] }))).toEqual({
    mcp: { one: { type: 'local', command: [...WRAPPER, 'x', 'y'], environment: { A: 'b' } } },
  });
});

describe('codex', () => {
  const CODEX: ConfigForm = { kind: 'codex' };

  test('has sections; the other lines stay', () => {
    const text = [
      'model = "o4" # mine',
      '[mcp_servers.one]',
      'command = "npx"',
      'args = ["-y",',
      '  "some-server"]',
      '[mcp_servers.one.env]',
      'MODE = "x"',
      '[mcp_servers."two b"]',
      "command = 'x'",
      '[other]',
      'command = "stays"',
      '',
    ].join('\n');
    const after = wrapped(text, CODEX);
    expect(parseToml(after)).toMatchObject({
      mcp_servers: {
        one: {
          command: WRAPPER[0],
          args: [...WRAPPER.slice(1), 'npx', '-y', 'some-server'],
          env: { MODE: 'x' },
        },
        'two b': { command: WRAPPER[0], args: [...WRAPPER.slice(1), 'x'] },
      },
      other: { command: 'stays' },
    });
    expect(after).toContain('model = "o4" # mine');
  });

  test('what cannot be changed with certainty is left', () => {
    const inline = '[mcp_servers]\none = { command = "x" }\n';
    expect(wrapServers(inline, CODEX, WRAPPER)).toMatchObject({ ok: false });
  });
});

test.each(['{', 'nonsense', '{"mcpServers":{"a":{"command":"x"}'])(
  '%s is no file that is changed',
  (text) => {
    expect(wrapServers(text, JSON_FORM, WRAPPER).ok).toBe(false);
  },
);
