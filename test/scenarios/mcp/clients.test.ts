/** What clients have in their configuration: put behind the guard, used outside of a session, and put back byte for byte. */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { connectClient, expectDone, MCP_SERVERS } from '../../servers/mcp.ts';

let guard: Guard;
let home: string;
let project: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'ag-client-'));
  project = join(home, 'project');
  mkdirSync(join(project, '.vscode'), { recursive: true });
  mkdirSync(join(home, '.codex'));
  guard = await startGuard({ resources: [], env: { HOME: home } });
}, 60_000);

afterAll(async () => {
  await guard.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Runs the command line in the project. */
function inProject(
  args: readonly string[],
): Promise<{ readonly code: number; readonly text: string }> {
  const [program, script] = guard.command;
  const env = { ...process.env, AGENTGUARD_HOME: guard.home, HOME: home };
  const child = spawn(program, [script, ...args], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? -1, text }));
  });
}

test('every file is wrapped with the change shown first, works outside of a session, and comes back as it was', async () => {
  const [command, ...args] = MCP_SERVERS.everything;
  const files = {
    [join(project, '.mcp.json')]:
      `{\n\t"mcpServers": {\n\t\t// mine\n\t\t"one": ${JSON.stringify({ command, args })},\n\t}\n}`,
    [join(project, '.vscode/mcp.json')]:
      `{"servers":{"one":${JSON.stringify({ command, args })}},"inputs":[]}\r\n`,
    [join(home, '.codex/config.toml')]:
      `[mcp_servers.one]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
    [join(home, '.claude.json')]: JSON.stringify({
      projects: { [project]: { mcpServers: { one: { command, args } } } },
      numStartups: 3,
    }),
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
  const shown = await inProject(['mcp', 'install', '--dry-run']);
  expect(shown.text).toContain('+ ');
  for (const [path, text] of Object.entries(files)) expect(readFileSync(path, 'utf8')).toBe(text);

  expect((await inProject(['mcp', 'install', '--yes'])).code).toBe(0);
  for (const path of Object.keys(files))
    expect(readFileSync(path, 'utf8')).toMatch(/"mcp",\s*"wrap",\s*"--"/);
  expect((await inProject(['mcp', 'install', '--yes'])).text).toContain('no MCP server has to be');

  // As an editor starts it: with nothing of a session in its environment.
  const way = {
    session: '',
    command: guard.command[0],
    args: [guard.command[1], 'mcp', 'wrap', '--', ...MCP_SERVERS.everything],
  };
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, AGENTGUARD_HOME: guard.home };
  const client = await connectClient({ ...way, env });
  expect((await client.listTools()).tools).toEqual([]);
  await expectDone(guard, ['mcp', 'pin', 'everything', '--all', '--operator-key']);
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
  await client.close();

  expect((await inProject(['mcp', 'uninstall'])).code).toBe(0);
  for (const [path, text] of Object.entries(files)) expect(readFileSync(path, 'utf8')).toBe(text);
}, 40_000);

test.each([
  ['hooks and servers by one command', [['agent', 'install', 'gemini', '--yes']]],
  [
    'the servers first, by a command of their own',
    [
      ['mcp', 'install', '--yes'],
      ['agent', 'install', 'gemini', '--yes'],
    ],
  ],
])('an agent whose one file holds both is put back byte for byte: %s', async (_how, steps) => {
  mkdirSync(join(home, '.gemini'), { recursive: true });
  const [command, ...args] = MCP_SERVERS.everything;
  const path = join(home, '.gemini/settings.json');
  const text = `{\n\t// mine\n\t"mcpServers": { "one": ${JSON.stringify({ command, args })} },\n}`;
  writeFileSync(path, text);
  for (const step of steps) expect(await inProject(step)).toMatchObject({ code: 0 });
  const written = readFileSync(path, 'utf8');
  expect(written).toContain('"BeforeTool"');
  expect(written).toMatch(/"mcp",\s*"wrap",\s*"--"/);
  expect(await inProject(['agent', 'uninstall', 'gemini'])).toMatchObject({ code: 0 });
  expect(readFileSync(path, 'utf8')).toBe(text);
  rmSync(path);
});

test('a secret in a file is moved by init first', async () => {
  const path = join(project, '.mcp.json');
  const key = `ghp_${'a1B2'.repeat(9)}`;
  const text = JSON.stringify({
    mcpServers: { gh: { command: 'x', args: [], env: { GITHUB_TOKEN: key } } },
  });
  writeFileSync(path, text);
  const { text: said } = await inProject(['mcp', 'install', '--yes']);
  expect(said).toContain('agentguard init');
  expect(said).not.toContain(key);
  expect(readFileSync(path, 'utf8')).toBe(text);
  rmSync(path);
});

test('inside of a guarded session nobody gets a session of their own', async () => {
  const [program, script] = guard.command;
  const argv = MCP_SERVERS.everything.map((word) => `'${word}'`).join(' ');
  const inner = `unset AGENTGUARD_TOKEN AGENTGUARD_MCP; exec ${program} ${script} mcp wrap -- ${argv} < /dev/null`;
  const { code, text } = await inProject(['run', '--sandbox', 'off', '--', 'sh', '-c', inner]);
  expect(code).not.toBe(0);
  expect(text).toMatch(/runs inside a guarded session/);
});
