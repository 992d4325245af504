/** A real server behind a real daemon, driven by the official client: what is decided, recorded, asked and refused. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { acceptServer, connectClient, MCP_SERVERS, openWay } from '../../servers/mcp.ts';

let guard: Guard;

beforeAll(async () => {
  guard = await startGuard({
    resources: [],
    policy: [
      'version: 1',
      'mcp:',
      '  servers:',
      '    everything:',
      '      tools: { get-sum: ask, get-env: deny }',
      'rules:',
      '  - id: no-shouting',
      '    when: mcp.server == "everything" && mcp.tool == "echo" && mcp.args.message.contains("LOUD")',
      '    effect: deny',
      '    reason: nobody shouts here',
      '',
    ].join('\n'),
  });
  await acceptServer(guard, 'everything', MCP_SERVERS.everything);
}, 60_000);

afterAll(async () => {
  await guard.stop();
});

test('an allowed call runs and is on the record, before and after', async () => {
  const way = await openWay(guard, MCP_SERVERS.everything);
  const client = await connectClient(way);
  const result = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  expect(result).toEqual({ content: [{ type: 'text', text: 'Echo: hello' }] });
  await client.close();
  const rows = await guard.audit({ session: way.session });
  const intent = rows.find(({ entry }) => entry.type === 'intent');
  expect(intent?.entry).toMatchObject({
    verdict: 'allow',
    resource: { name: 'mcp:everything', kind: 'mcp' },
    statement: 'tools/call {"arguments":{"message":"hello"},"name":"echo"}',
  });
  expect(rows.some(({ entry }) => entry.type === 'outcome' && entry.result === 'done')).toBe(true);
});

test('a denied tool is not listed, and refused as a result when it is called anyway', async () => {
  const client = await connectClient(await openWay(guard, MCP_SERVERS.everything));
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toContain('echo');
  expect(names).not.toContain('get-env');
  const result = await client.callTool({ name: 'get-env' });
  expect(result).toMatchObject({ isError: true });
  expect(JSON.stringify(result)).toMatch(/NOT RUN.*get-env.*is not allowed/);
  expect(JSON.stringify(result)).not.toContain('PATH');
  await client.close();
});

test('a condition over the arguments decides, and its neighbour passes', async () => {
  const client = await connectClient(await openWay(guard, MCP_SERVERS.everything));
  const loud = await client.callTool({ name: 'echo', arguments: { message: 'so LOUD' } });
  expect(loud).toMatchObject({ isError: true });
  expect(JSON.stringify(loud)).toContain('nobody shouts here');
  const quiet = await client.callTool({ name: 'echo', arguments: { message: 'so loud' } });
  expect(quiet.isError).toBeUndefined();
  await client.close();
});

test('a call that is asked about waits for the person, and runs once they say yes', async () => {
  const way = await openWay(guard, MCP_SERVERS.everything, { askTimeoutMs: 20_000 });
  const client = await connectClient(way);
  const asked = guardWatch();
  const calling = client.callTool({ name: 'get-sum', arguments: { a: 2, b: 3 } });
  const question = await guard.answer('approve');
  expect(question.headline).toContain('call get-sum of the MCP server everything');
  expect(JSON.stringify(await calling)).toContain('5');
  asked.stop();
  await client.close();
});

test('a no of the person is a result that says so', async () => {
  const way = await openWay(guard, MCP_SERVERS.everything, { askTimeoutMs: 20_000 });
  const client = await connectClient(way);
  const asked = guardWatch();
  const calling = client.callTool({ name: 'get-sum', arguments: { a: 2, b: 3 } });
  await guard.answer('deny', 'use a calculator');
  expect(JSON.stringify(await calling)).toContain('use a calculator');
  asked.stop();
  await client.close();
});

/** A surface that shows questions, so that somebody can be asked. */
function guardWatch(): { stop(): void } {
  const stop = new AbortController();
  const events = guard.person.subscribe('approval.watch', {}, { signal: stop.signal });
  void (async () => {
    try {
      while ((await events.next()).done !== true) continue;
    } catch {
      // It was stopped.
    }
  })();
  return { stop: () => stop.abort() };
}
