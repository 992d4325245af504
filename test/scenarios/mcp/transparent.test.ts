/**
 * Conversations with real servers, once without and once through the guard: equal to the byte. And what both read of
 * lines that can be read in two ways.
 */

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { acceptServer, fixtureServer, MCP_SERVERS, openWay } from '../../servers/mcp.ts';
import { LineTalk } from '../../servers/mcp-lines.ts';

const TEXT = 'line one\nünï\n';

let guard: Guard;
let folder: string;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ag-mcp-')));
  writeFileSync(join(folder, 'a.txt'), TEXT);
  guard = await startGuard({ resources: [] });
}, 60_000);

afterAll(async () => {
  await guard.stop();
  rmSync(folder, { recursive: true, force: true });
});

const INITIALIZE = {
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  },
};
const call = (name: string, args: unknown = {}) => ({
  method: 'tools/call',
  params: { name, arguments: args },
});
const LISTS = [{ method: 'tools/list' }, { method: 'resources/list' }, { method: 'prompts/list' }];

interface Conversation {
  readonly name: string;
  readonly argv: () => readonly string[];
  readonly requests: () => readonly { readonly method: string; readonly params?: object }[];
}

const META = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  },
};
const young = (method: string, params: object = {}) => ({ method, params: { ...params, ...META } });

const CONVERSATIONS: readonly Conversation[] = [
  {
    name: 'everything',
    argv: () => MCP_SERVERS.everything,
    requests: () => [
      INITIALIZE,
      ...LISTS,
      { method: 'resources/templates/list' },
      { method: 'ping' },
      call('echo', { message: 'ünï 👩‍💻 "quoted" \\ back' }),
      call('get-sum', { a: 1e3, b: -0.5 }),
      call('get-tiny-image'),
      call('get-structured-content', { location: 'Chicago' }),
      call('get-sum', { a: 'no number' }),
      { method: 'prompts/get', params: { name: 'simple-prompt' } },
      { method: 'nothing/known' },
    ],
  },
  {
    name: 'filesystem',
    argv: () => [...MCP_SERVERS.filesystem, folder],
    requests: () => [
      INITIALIZE,
      ...LISTS,
      call('list_allowed_directories'),
      call('list_directory', { path: folder }),
      call('read_text_file', { path: join(folder, 'a.txt') }),
      call('read_text_file', { path: '/etc/hostname' }),
      call('write_file', { path: join(folder, 'a.txt'), content: 'x\n' }),
    ],
  },
  {
    name: 'memory',
    argv: () => MCP_SERVERS.memory,
    requests: () => [
      INITIALIZE,
      ...LISTS,
      call('read_graph'),
      call('search_nodes', { query: 'x' }),
    ],
  },
  {
    name: 'thinking',
    argv: () => MCP_SERVERS.thinking,
    requests: () => [
      INITIALIZE,
      ...LISTS,
      call('sequentialthinking', {
        thought: 'one',
        nextThoughtNeeded: false,
        thoughtNumber: 1,
        totalThoughts: 1,
      }),
    ],
  },
  {
    name: 'dual-old',
    argv: () => fixtureServer('dual-era-server.ts', 'old'),
    requests: () => [
      INITIALIZE,
      ...LISTS,
      call('add', { a: 1, b: 2 }),
      call('typed'),
      { method: 'resources/read', params: { uri: 'note://one' } },
    ],
  },
  {
    name: 'dual-new',
    argv: () => fixtureServer('dual-era-server.ts', 'new'),
    requests: () => [
      young('server/discover'),
      young('tools/list'),
      young('resources/list'),
      young('prompts/list'),
      young('tools/call', { name: 'add', arguments: { a: 1, b: 2 } }),
      young('tools/call', { name: 'typed', arguments: {} }),
      young('resources/read', { uri: 'note://one' }),
      young('prompts/get', { name: 'hello' }),
      young('tools/call', { name: 'add', arguments: { a: 'x' } }),
    ],
  },
];

async function transcript(
  way: ConstructorParameters<typeof LineTalk>[0],
  requests: ReturnType<Conversation['requests']>,
): Promise<readonly (string | null)[]> {
  const talk = new LineTalk(way);
  const answers: (string | null)[] = [];
  for (const [index, request] of requests.entries()) {
    const { answer } = await talk.ask(
      index,
      JSON.stringify({ jsonrpc: '2.0', id: index, ...request }),
    );
    answers.push(answer);
    if (request.method === 'initialize')
      talk.send('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }
  await talk.end();
  return answers;
}

/** What no two runs share. */
function withoutTime(line: string | null): string | null {
  return (
    line
      ?.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, 'TIME')
      .replace(/\b\d{1,2}:\d\d:\d\d(?: [AP]M)?/g, 'TIME') ?? null
  );
}

test.each(CONVERSATIONS)(
  '$name: every answer is the same to the byte',
  async ({ name, argv, requests }) => {
    await acceptServer(guard, name, argv());
    const [command = '', ...args] = argv();
    const direct = await transcript({ command, args }, requests());
    writeFileSync(join(folder, 'a.txt'), TEXT);
    const guarded = await transcript(
      await openWay(guard, argv(), { workspace: folder }),
      requests(),
    );
    // What nobody knows is refused by the guard itself.
    const known = (_answer: string | null, index: number): boolean =>
      requests()[index]?.method !== 'nothing/known';
    expect(guarded.filter(known).map(withoutTime)).toEqual(direct.filter(known).map(withoutTime));
    expect(direct.filter((answer) => answer === null)).toEqual([]);
  },
  40_000,
);

test('the new way of asking for input: one decision, and the retry goes on under it', async () => {
  const argv = fixtureServer('dual-era-server.ts', 'input');
  await acceptServer(guard, 'dual-input', argv);
  const way = await openWay(guard, argv);
  const talk = new LineTalk(way);
  const send = (id: number, params: object) =>
    talk.ask(id, JSON.stringify({ jsonrpc: '2.0', id, ...young('tools/call', params) }));
  const first = await send(1, { name: 'ask', arguments: {} });
  const parsed = JSON.parse(first.answer ?? '{}') as {
    result: {
      resultType: string;
      requestState: string;
      inputRequests: { who: { params: { message: string } } };
    };
  };
  expect(parsed.result).toMatchObject({ resultType: 'input_required', requestState: 'state-1' });
  expect(parsed.result.inputRequests.who.params.message).toBe(
    '[the MCP server dual-input asks] Who are you?',
  );
  const inputResponses = { who: { action: 'accept', content: { name: 'Ana' } } };
  const second = await send(2, {
    name: 'ask',
    arguments: {},
    inputResponses,
    requestState: 'state-1',
  });
  expect(second.answer).toContain('Ana');
  await talk.end();
  const rows = await guard.audit({ session: way.session, type: 'intent' });
  const commands = rows.map(({ entry }) => JSON.stringify(entry['facts']));
  expect(commands).toHaveLength(2);
  expect(commands[0]).toContain('call ask');
  expect(commands[1]).toContain('elicit elicitation/create');
});

describe('P-90: a line that can be read in two ways is refused, and its neighbour is read alike by both', () => {
  const ECHO = (message: string): string =>
    `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"message":${message}}}}`;

  const refused: readonly (readonly [string, string | Uint8Array])[] = [
    [
      'a name twice',
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get-sum","name":"echo","arguments":{"message":"ran"}}}',
    ],
    [
      'an argument twice',
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"message":"shown","message":"ran"}}}',
    ],
    [
      'invalid UTF-8',
      Buffer.concat([
        Buffer.from(
          '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"message":"ran',
        ),
        Buffer.from([0xff]),
        Buffer.from('"}}}'),
      ]),
    ],
    ['a carriage return between tokens', ECHO('"ran"').replace(',"params"', ',\r"params"')],
    ['a byte order mark', `\ufeff${ECHO('"ran"')}`],
    ['a batch', `[${ECHO('"ran"')}]`],
    ['no jsonrpc', ECHO('"ran"').replace('"jsonrpc":"2.0",', '')],
    ['an id with an exponent', ECHO('"ran"').replace('"id":7', '"id":7e0')],
    ['a call that nobody could be told of', ECHO('"ran"').replace('"id":7,', '')],
  ];

  test.each(refused)('%s never runs', async (_name, line) => {
    const talk = new LineTalk(await openWay(guard, MCP_SERVERS.everything));
    talk.send(line);
    talk.send('\n');
    const first = await talk.next();
    expect(first).toMatch(/"error":\{"code":-32[67]00/);
    expect(first).not.toContain('ran');
    expect((await talk.ask(8, ECHO('"still here"').replace('"id":7', '"id":8'))).answer).toContain(
      'Echo: still here',
    );
    await talk.end();
  });

  test.each([
    '"\\ud800 alone"',
    '"\u2028 \u2029"',
    '"\\u0000"',
    '"p\\u0069ng"',
    '"9007199254740993"',
  ])('%s is echoed alike with and without the guard', async (message) => {
    const [command, ...args] = MCP_SERVERS.everything;
    const direct = new LineTalk({ command, args });
    const guarded = new LineTalk(await openWay(guard, MCP_SERVERS.everything));
    const said = await direct.ask(7, ECHO(message));
    const heard = await guarded.ask(7, ECHO(message));
    expect(said.answer).toContain('Echo: ');
    expect((JSON.parse(heard.answer ?? '{}') as { id: unknown }).id).toBe(7);
    expect(heard.answer).toContain('Echo: ');
    await Promise.all([direct.end(), guarded.end()]);
  });
});
