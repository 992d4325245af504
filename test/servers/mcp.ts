/** MCP servers behind a guard for tests: accepted and seen as a person does it, reached as a client does it. */

import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { ClientOptions } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Guard } from './guard.ts';

const MODULES = join(import.meta.dirname, '../node_modules');

/** Command lines of the official servers, by the file that their package names. */
export const MCP_SERVERS = {
  everything: [
    process.execPath,
    join(MODULES, '@modelcontextprotocol/server-everything/dist/index.js'),
  ],
  filesystem: [
    process.execPath,
    join(MODULES, '@modelcontextprotocol/server-filesystem/dist/index.js'),
  ],
  memory: [process.execPath, join(MODULES, '@modelcontextprotocol/server-memory/dist/index.js')],
  thinking: [
    process.execPath,
    join(MODULES, '@modelcontextprotocol/server-sequential-thinking/dist/index.js'),
  ],
  dbhub: [process.execPath, join(MODULES, '@bytebase/dbhub/dist/index.js')],
  henkey: [process.execPath, join(MODULES, '@henkey/postgres-mcp-server/build/index.js')],
} as const;

/** How a client reaches a server: the environment of a session, and the command in its configuration. */
export interface McpWay {
  readonly session: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Accepts a server and takes everything it offers for seen. */
export async function acceptServer(
  guard: Guard,
  name: string,
  argv: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  await expectDone(guard, ['mcp', 'add', ...options, name, '--', ...argv]);
  await expectDone(guard, ['mcp', 'review', name, '--json']);
  await expectDone(guard, ['mcp', 'pin', name, '--all', '--operator-key', '--calls', 'allow']);
}

/** Runs the command line and throws with its words when it fails. */
export async function expectDone(guard: Guard, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await guard.cli(args);
  if (code !== 0) throw new Error(`agentguard ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** A session and the way to a server in it. */
export async function openWay(
  guard: Guard,
  argv: readonly string[],
  options: {
    readonly askTimeoutMs?: number;
    readonly workspace?: string;
    readonly resources?: readonly string[];
  } = {},
): Promise<McpWay> {
  const session = await guard.person.call('session.create', {
    agent: 'scenario',
    label: null,
    resources: [...(options.resources ?? [])],
    workspace: options.workspace ?? '/tmp',
    askTimeoutMs: options.askTimeoutMs ?? 0,
    attended: false,
    held: false,
  });
  if (session.mcp === undefined) throw new Error('the daemon guards no MCP servers');
  const [command, script] = guard.command;
  const urls = session.resources.map(({ name, host, port, user, database }): [string, string] => [
    `${name.toUpperCase().replaceAll('-', '_')}_DATABASE_URL`,
    `postgres://${user}:${session.token}@${host}:${port}/${database}`,
  ]);
  return {
    session: session.session,
    command,
    args: [script, 'mcp', 'wrap', '--', ...argv],
    env: {
      ...process.env,
      ...Object.fromEntries(urls),
      AGENTGUARD_HOME: guard.home,
      AGENTGUARD_TOKEN: session.token,
      AGENTGUARD_MCP: `${session.mcp.host}:${session.mcp.port}`,
    },
  };
}

/** A client of the official SDK over that way. */
export async function connectClient(way: McpWay, options: ClientOptions = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, options);
  const { command, args, env } = way;
  await client.connect(
    new StdioClientTransport({ command, args: [...args], env: { ...env }, stderr: 'inherit' }),
  );
  return client;
}

/** The same without the guard. */
export async function connectDirect(
  argv: readonly string[],
  options: ClientOptions = {},
): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, options);
  const [command = '', ...args] = argv;
  await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
  return client;
}

/** A server of ours that misbehaves in one way; what it ran stands in the file. */
export function hostileServer(mode: string, ran: string, state = ''): readonly string[] {
  return [process.execPath, join(import.meta.dirname, 'mcp/hostile-server.ts'), mode, ran, state];
}

/** A surface that shows questions, so that somebody can be asked. Returns the way to stop. */
export function watchQuestions(guard: Guard): () => void {
  const stop = new AbortController();
  const events = guard.person.subscribe('approval.watch', {}, { signal: stop.signal });
  void (async () => {
    try {
      while ((await events.next()).done !== true) continue;
    } catch {
      // It was stopped.
    }
  })();
  return () => stop.abort();
}

/** A server of ours, by the file that it is. */
export function fixtureServer(file: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, join(import.meta.dirname, 'mcp', file), ...args];
}
