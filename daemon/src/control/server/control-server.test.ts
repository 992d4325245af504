import { connect } from 'node:net';
import type { Socket } from 'node:net';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { InputError, UpstreamError } from '../../errors.ts';
import type { GuardedRoot } from '../../platform/ancestry.ts';
import { currentProcess } from '../../platform/processes.ts';
import { CALLS, STREAMS } from '../contract/methods.ts';
import type { RefusedAttempt } from './actor.ts';
import { startControlServer } from './control-server.ts';
import type { ControlServer, ControlServerParts } from './control-server.ts';
import { callFrom, callThroughHeir } from './fixtures/caller.ts';
import { openPseudoTerminal } from './fixtures/pseudo-terminal.ts';
import type { ControlHandlers } from './handlers.ts';
import { createOperatorKey } from './operator-key.ts';

// Each of these starts programs, and a busy machine takes its time over that.
vi.setConfig({ testTimeout: 30_000 });

const TOKEN = `agt_${'t'.repeat(43)}`;
const CANARY = 'hunter2-canary';

let folder: string;
let socket: string;
let operatorKeyFile: string;
let server: ControlServer;
let roots: readonly GuardedRoot[];
let attempts: RefusedAttempt[];
let failures: unknown[];
let reached: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-'));
  socket = join(folder, 'runtime', 'control.sock');
  operatorKeyFile = join(folder, 'config', 'operator-key');
  roots = [];
  attempts = [];
  failures = [];
  reached = [];
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A server whose handlers note that they were reached and answer the least that fits, unless replaced. */
async function start(
  handlers: Record<string, (params: never, context: { signal: AbortSignal }) => unknown> = {},
  changes: Partial<ControlServerParts> = {},
): Promise<void> {
  const calls: Record<string, unknown> = {};
  for (const name of Object.keys(CALLS)) {
    calls[name] = (params: never, context: never): unknown => {
      reached.push(name);
      return handlers[name]?.(params, context) ?? {};
    };
  }
  const streams: Record<string, unknown> = {};
  for (const name of Object.keys(STREAMS)) {
    streams[name] = (params: never, context: never): unknown => {
      reached.push(name);
      return handlers[name]?.(params, context) ?? [];
    };
  }
  server = await startControlServer({
    socket,
    operatorKeyFile,
    person: 'ana',
    handlers: { calls, streams } as unknown as ControlHandlers,
    sessionOfToken: (token) => (token === TOKEN ? 'ses-1' : null),
    guardedRoots: () => roots,
    onRefusedAttempt: (attempt) => attempts.push(attempt),
    onOperatorKeyCreated: () => undefined,
    onFailure: (_method, error) => failures.push(error),
    ...changes,
  });
}

/** Sends bytes as they are, and gives everything that came back until the server closed. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = connect(socket, () => client.write(text));
    let reply = '';
    client.setEncoding('utf8');
    client.on('data', (chunk: string) => (reply += chunk));
    client.on('close', () => resolve(reply));
    client.on('error', reject);
  });
}

function request(method: string, body = '{}', headers: readonly string[] = []): string {
  return [
    `POST /control/${method} HTTP/1.1`,
    'Host: agentguard',
    'Content-Type: application/json',
    'agentguard-control-version: 1',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...headers,
    '',
    body,
  ].join('\r\n');
}

function bodyOf(reply: string): Record<string, unknown> {
  return JSON.parse(reply.slice(reply.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
}

const BELOW_US = (): GuardedRoot => ({ ...currentProcess(), itself: false });

describe('the socket (P-13)', () => {
  test('is for its owner alone, in a folder for its owner alone', async () => {
    await start();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
  });

  test('replaces one that a dead daemon left behind', async () => {
    await start();
    await server.close();
    writeFileSync(socket, '');
    await start();
    expect(await raw(request('whoami'))).toContain('HTTP/1.1 200');
  });

  test('is not made in a folder that others may write', async () => {
    await start();
    await server.close();
    chmodSync(dirname(socket), 0o777);
    await expect(start()).rejects.toThrow(/can be written by other accounts/);
    chmodSync(dirname(socket), 0o700);
    await start();
  });
});

describe('every reply', () => {
  test.each([
    ['a result', request('whoami')],
    ['a refusal', request('nothing')],
    ['a refusal of the head', 'GET / HTTP/1.1\r\nHost: agentguard\r\nConnection: close\r\n\r\n'],
    ['a refusal of the body', request('approval.show', '{}')],
  ])('carries the version in head and body: %s', async (_name, text) => {
    await start();
    const reply = await raw(text);
    expect(reply.toLowerCase()).toContain('\r\nagentguard-control-version: 1\r\n');
    expect(bodyOf(reply)).toMatchObject({ version: 1, product: expect.any(String) as string });
  });

  test('holds no field that the table does not name', async () => {
    await start({ 'window.list': () => ({ windows: [], password: CANARY }) });
    expect(await raw(request('window.list'))).not.toContain(CANARY);
  });
});

describe('a caller', () => {
  test('is who the kernel says, whatever its headers claim', async () => {
    await start();
    const headers = { 'x-pid': '1', 'x-forwarded-for': '1', 'agentguard-pid': '1' };
    const reply = await callFrom({ socket, method: 'whoami', headers });
    expect(reply.body).toMatchObject({ result: { pid: reply.pid, kind: 'person', person: 'ana' } });
  });

  test('is refused when it is gone before it is heard: its number proves nothing any more', async () => {
    await start();
    expect(await callThroughHeir(socket, request('whoami'), 'leave')).toContain('HTTP/1.1 403');
    expect(await callThroughHeir(socket, request('whoami'), 'stay')).toContain('HTTP/1.1 200');
  });
});

describe('the token of a session (P-10)', () => {
  const methods = [...Object.entries(CALLS), ...Object.entries(STREAMS)];
  const beyond = methods.filter(([, shape]) => shape.right !== 'session').map(([name]) => name);
  const bearer = [`Authorization: Bearer ${TOKEN}`];

  test.each(beyond)('never opens %s', async (method) => {
    await start();
    const reply = bodyOf(await raw(request(method, '{}', bearer)));
    expect(reply).toMatchObject({ ok: false, error: { code: 'CONTROL_FORBIDDEN' } });
    expect(reached).toEqual([]);
    expect(attempts).toMatchObject([{ method, session: 'ses-1' }]);
  });

  test('opens its own session and no other', async () => {
    await start();
    const own = await raw(request('session.summary', '{"session":"ses-1"}', bearer));
    const other = await raw(request('session.summary', '{"session":"ses-2"}', bearer));
    expect(reached).toEqual(['session.summary']);
    expect(own).not.toContain('CONTROL_FORBIDDEN');
    expect(other).toContain('CONTROL_FORBIDDEN');
  });

  test('takes rights away from a person who shows it, and says so', async () => {
    await start();
    expect(bodyOf(await raw(request('whoami', '{}', bearer)))).toMatchObject({
      result: { kind: 'session', session: 'ses-1', rights: ['session'] },
    });
  });

  test('that is not valid is refused, and the caller does not fall back to being a person', async () => {
    await start();
    const reply = await raw(request('status', '{}', ['Authorization: Bearer agt_wrong']));
    expect(reply).toContain('CONTROL_FORBIDDEN');
    expect(reply).not.toContain('agt_wrong');
    expect(reached).toEqual([]);
  });

  test('never gets more with the operator key beside it', async () => {
    await start();
    await raw(request('operator-key.create'));
    const key = readFileSync(operatorKeyFile, 'utf8').trim();
    const both = [...bearer, `agentguard-operator-key: ${key}`];
    expect(await raw(request('approval.approve', '{}', both))).toContain('CONTROL_FORBIDDEN');
  });
});

describe('a process of a guarded session (P-10)', () => {
  const methods = [...Object.entries(CALLS), ...Object.entries(STREAMS)];
  const deciding = methods.filter(([, shape]) => shape.right === 'decide').map(([name]) => name);

  test.each(deciding)('never gets to %s', async (method) => {
    roots = [BELOW_US()];
    await start();
    const reply = await callFrom({ socket, method });
    expect(reply).toMatchObject({ status: 403, body: { error: { code: 'CONTROL_FORBIDDEN' } } });
    expect(reached).toEqual([]);
    expect(attempts).toMatchObject([{ method, pid: reply.pid }]);
  });

  test('may read', async () => {
    roots = [BELOW_US()];
    await start({ 'window.list': () => ({ windows: [] }) });
    expect(await callFrom({ socket, method: 'window.list' })).toMatchObject({ status: 200 });
  });

  test('is known by its marker when it has left its parents', async () => {
    roots = [BELOW_US()];
    await start();
    const reply = await callFrom({ socket, method: 'daemon.stop', detached: true, marked: true });
    expect(reply).toMatchObject({ status: 403 });
    expect(reached).toEqual([]);
  });

  test('is refused at a pseudo-terminal of its own, and with the operator key', async () => {
    await start();
    await raw(request('operator-key.create'));
    const key = readFileSync(operatorKeyFile, 'utf8').trim();
    roots = [BELOW_US()];
    const terminal = openPseudoTerminal();
    try {
      const reply = await callFrom({
        socket,
        method: 'approval.approve',
        params: { id: 'ap-1', digest: 'd', generation: 1, confirm: null, note: null },
        headers: { 'agentguard-operator-key': key },
        input: terminal.slave,
      });
      expect(reply).toMatchObject({ status: 403 });
      expect(reached).toEqual([]);
    } finally {
      terminal.close();
    }
  });

  test('has a neighbour that may: the same call from outside', async () => {
    await start({ 'window.close': () => ({ closed: true }) });
    const params = { resource: 'db' };
    expect(await callFrom({ socket, method: 'window.close', params })).toMatchObject({
      status: 200,
    });
    expect(attempts).toEqual([]);
  });
});

describe('an answer to a question', () => {
  const params = { id: 'ap-1', digest: 'd', generation: 1, confirm: null, note: null };
  const answer = { 'approval.approve': (): unknown => ({ outcome: 'approved' }) };
  const method = 'approval.approve';

  test('is refused without a terminal, and noted', async () => {
    await start(answer);
    expect(await callFrom({ socket, method, params })).toMatchObject({ status: 403 });
    expect(attempts).toMatchObject([{ method }]);
  });

  test('is taken at a terminal', async () => {
    await start(answer);
    const terminal = openPseudoTerminal();
    try {
      const reply = await callFrom({ socket, method, params, input: terminal.slave });
      expect(reply).toMatchObject({ status: 200, body: { result: { outcome: 'approved' } } });
    } finally {
      terminal.close();
    }
  });

  test('is refused at the master side of a terminal, which no person sits at', async () => {
    await start(answer);
    const terminal = openPseudoTerminal();
    try {
      const reply = await callFrom({ socket, method, params, input: terminal.master });
      expect(reply).toMatchObject({ status: 403 });
    } finally {
      terminal.close();
    }
  });

  test('is taken with the operator key, and refused with any other', async () => {
    await start(answer);
    mkdirSync(dirname(operatorKeyFile), { mode: 0o700 });
    createOperatorKey(operatorKeyFile);
    const key = readFileSync(operatorKeyFile, 'utf8').trim();
    const attempt = async (presented: string): Promise<number> => {
      const headers = { 'agentguard-operator-key': presented };
      return (await callFrom({ socket, method, params, headers })).status;
    };
    expect(await attempt(key)).toBe(200);
    expect(await attempt(`${key}x`)).toBe(403);
    expect(await attempt('agk_')).toBe(403);
    createOperatorKey(operatorKeyFile);
    expect(await attempt(key)).toBe(403);
  });
});

describe('parameters', () => {
  test.each([
    ['approval.show', '{}', '`id`'],
    ['approval.show', '{"id":7}', '`id`'],
    ['approval.show', '{"id":"x","more":1}', '"more"'],
    ['window.open', '{"resource":"DB","durationMs":60000}', '`resource`'],
    ['window.open', '{"resource":"db","durationMs":-1}', '`durationMs`'],
    ['session.create', '[]', 'parameters'],
    ['status', 'null', 'parameters'],
    ['status', '{"x":1', 'not JSON'],
    ['status', '', 'not JSON'],
  ])(
    'of %s that do not fit (%s) are refused with the name of the field',
    async (method, body, name) => {
      await start();
      const reply = bodyOf(await raw(request(method, body)));
      expect(reply).toMatchObject({ ok: false, error: { code: 'INPUT_INVALID' } });
      expect(JSON.stringify(reply.error)).toContain(JSON.stringify(name).slice(1, -1));
      expect(reached).toEqual([]);
    },
  );

  test('are never repeated in the refusal', async () => {
    await start();
    const body = JSON.stringify({ name: 'db', kind: CANARY, environment: CANARY, url: [CANARY] });
    expect(await raw(request('resource.add', body))).not.toContain(CANARY);
  });

  test('longer than the bound are refused, announced or not', async () => {
    await start({}, { limits: { maxBodyBytes: 1000 } });
    const long = JSON.stringify({ id: 'x'.repeat(2000) });
    expect(await raw(request('approval.show', long))).toContain('HTTP/1.1 413');
    const chunked = request('approval.show', '')
      .replace('Content-Length: 0', 'Transfer-Encoding: chunked')
      .concat(`${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`);
    expect(await raw(chunked)).toContain('HTTP/1.1 413');
    expect(reached).toEqual([]);
  });
});

describe('a failure of a handler (P-03)', () => {
  test('that a person may read crosses with its code and help', async () => {
    await start({
      status: () => {
        throw new InputError('INPUT_INVALID', 'this is wrong', { audience: 'user', help: 'mend' });
      },
    });
    expect(bodyOf(await raw(request('status')))).toMatchObject({
      error: { code: 'INPUT_INVALID', message: 'this is wrong', help: 'mend' },
    });
  });

  test.each([
    ['of ours that is for the log', new UpstreamError('UPSTREAM_TLS', CANARY, { cause: CANARY })],
    ['of anybody else', new Error(CANARY)],
  ])('%s does not say its message', async (_name, error) => {
    await start({
      status: () => {
        throw error;
      },
    });
    const reply = await raw(request('status'));
    expect(reply).not.toContain(CANARY);
    expect(reply).toContain('HTTP/1.1 500');
    expect(failures).toEqual([error]);
  });
});

describe('a connection that takes too long or too much (P-17)', () => {
  const limits = { headTimeoutMs: 200, requestTimeoutMs: 300, idleTimeoutMs: 200 };

  test.each([
    ['never says a word more than half a head', 'POST /control/status HTTP/1.1\r\nHost: agent'],
    [
      'announces a body that never comes',
      request('status', '{}').replace('Length: 2', 'Length: 9'),
    ],
  ])('and %s is closed', async (_name, text) => {
    await start({}, { limits });
    const closed = await Promise.race([raw(text), sleep(5000, 'still open')]);
    expect(closed).not.toBe('still open');
    expect(reached).toEqual([]);
  });

  test('has a head that is too long', async () => {
    await start();
    const reply = await raw(request('status', '{}', [`x-long: ${'x'.repeat(20_000)}`]));
    expect(reply).not.toContain('HTTP/1.1 200');
    expect(reached).toEqual([]);
  });

  test('is one too many: it is told so, and the others go on', async () => {
    await start({ 'window.list': () => ({ windows: [] }) }, { limits: { maxConnections: 2 } });
    const idle: Socket[] = [];
    for (let one = 0; one < 2; one += 1) {
      const client = connect(socket);
      idle.push(client);
      await new Promise((resolve) => client.once('connect', resolve));
    }
    await sleep(50);
    expect(await raw(request('window.list'))).toContain('HTTP/1.1 503');
    idle.pop()?.destroy();
    await sleep(50);
    expect(await raw(request('window.list'))).toContain('HTTP/1.1 200');
    idle.pop()?.destroy();
  });
});

describe('a stream', () => {
  test('ends its handler when the reader goes', async () => {
    let gone = false;
    await start({
      'approval.watch': async function* (_params: never, { signal }) {
        yield { kind: 'ready' };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        gone = true;
      },
    });
    const client = connect(socket, () => client.write(request('approval.watch')));
    await new Promise((resolve) => client.once('data', resolve));
    client.destroy();
    await vi.waitFor(() => {
      expect(gone).toBe(true);
    });
  });

  test('shows that the daemon lives while nothing happens', async () => {
    await start(
      {
        'approval.watch': async function* () {
          await sleep(200);
          yield { kind: 'ready' };
        },
      },
      { limits: { beatMs: 20 } },
    );
    const reply = await raw(request('approval.watch'));
    expect(reply.match(/"kind":"beat"/g)?.length).toBeGreaterThan(3);
    expect(reply).toContain('"kind":"end"');
  });

  test('ends with the failure of its handler, without its message', async () => {
    await start({
      'approval.watch': async function* () {
        yield { kind: 'ready' };
        await sleep(1);
        throw new Error(CANARY);
      },
    });
    const reply = await raw(request('approval.watch'));
    expect(reply).toContain('"kind":"error"');
    expect(reply).not.toContain(CANARY);
    expect(failures).toHaveLength(1);
  });

  test('is written no faster than it is read', async () => {
    let yielded = 0;
    const big = 'x'.repeat(64 * 1024);
    await start({
      'audit.export': async function* () {
        for (;;) {
          yielded += 1;
          yield { kind: 'entries', lines: [big] };
          await Promise.resolve();
        }
      },
    });
    const client = connect(socket, () => client.write(request('audit.export')));
    client.pause();
    await sleep(500);
    expect(yielded).toBeGreaterThan(0);
    expect(yielded).toBeLessThan(200);
    client.destroy();
  });
});

test('a server that closes ends its streams and leaves nobody waiting', async () => {
  await start({
    'approval.watch': async function* (_params: never, { signal }) {
      yield { kind: 'ready' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  const watching = raw(request('approval.watch'));
  await sleep(50);
  await server.close();
  expect(await watching).toContain('"kind":"event"');
});
