import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ControlError } from '../../../errors.ts';
import { resolvePaths } from '../../../platform/paths.ts';
import type { Paths } from '../../../platform/paths.ts';
import { connectControl } from './control-client.ts';
import type { ControlClient } from './control-client.ts';

// Each of these starts programs, and a busy machine takes its time over that.
vi.setConfig({ testTimeout: 30_000 });

const FAKE_DAEMON = join(import.meta.dirname, 'fixtures', 'fake-daemon.ts');
const WHOAMI = { kind: 'person', person: 'a', session: null, pid: 1, rights: [], withheld: null };

let home: string;
let paths: Paths;
let servers: Server[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'client-'));
  paths = pathsOf(home);
  servers = [];
});

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  startedDaemons().forEach(kill);
  rmSync(home, { recursive: true, force: true });
});

function pathsOf(folder: string): Paths {
  return resolvePaths({
    platform: process.platform,
    env: { AGENTGUARD_HOME: folder },
    homeFolder: folder,
    temporaryFolder: tmpdir(),
    workingFolder: folder,
    uid: process.getuid?.() ?? -1,
  });
}

/** Numbers of the fake daemons that won the lock, as they wrote them down. */
function startedDaemons(): readonly number[] {
  const list = join(home, 'state', 'started');
  if (!existsSync(list)) return [];
  return readFileSync(list, 'utf8').trim().split('\n').map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}

/** Something that listens where the daemon should and answers as it likes. */
async function listen(answer: RequestListener): Promise<Server> {
  mkdirSync(dirname(paths.socket), { recursive: true, mode: 0o700 });
  const server = createServer(answer);
  servers.push(server);
  server.listen(paths.socket);
  await once(server, 'listening');
  return server;
}

function replying(body: (url: string) => unknown): RequestListener {
  return (request, response) => {
    response.end(`${JSON.stringify(body(request.url ?? ''))}\n`);
  };
}

function ok(result: unknown, version = 1): unknown {
  return { version, product: '0.1.0', ok: true, result };
}

async function failureOf(work: Promise<unknown>): Promise<ControlError> {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ControlError) return error;
  throw error;
}

async function connected(answer: RequestListener): Promise<ControlClient> {
  await listen((request, response) => {
    if (request.url === '/control/whoami') replying(() => ok(WHOAMI))(request, response);
    else answer(request, response);
  });
  return connectControl({ paths });
}

describe('reaching a daemon', () => {
  test('that is not there fails with the command that starts it', async () => {
    const error = await failureOf(connectControl({ paths }));
    expect(error).toMatchObject({ code: 'CONTROL_UNREACHABLE', help: 'agentguard daemon start' });
  });

  test('of another version fails with the command that mends it', async () => {
    await listen(replying(() => ok(WHOAMI, 2)));
    const error = await failureOf(connectControl({ paths }));
    expect(error).toMatchObject({ code: 'CONTROL_VERSION', help: 'agentguard daemon stop' });
    expect(error.message).toContain('version 2');
  });

  test('of another version works for what it takes to stop it, and for nothing else', async () => {
    const answers: Record<string, unknown> = {
      '/control/whoami': ok(WHOAMI, 2),
      '/control/daemon.stop': ok({ pid: 7 }, 2),
      '/control/window.list': ok({ windows: [] }, 2),
    };
    await listen(replying((url) => answers[url]));
    const client = await connectControl({ paths, anyVersion: true });
    expect(await client.call('daemon.stop', {})).toEqual({ pid: 7 });
    expect(await failureOf(client.call('window.list', {}))).toMatchObject({
      code: 'CONTROL_VERSION',
    });
  });

  test('is not tried in a folder that others may write: whoever listens there is not trusted', async () => {
    await listen(replying(() => ok(WHOAMI)));
    chmodSync(dirname(paths.socket), 0o777);
    await expect(connectControl({ paths })).rejects.toThrow(/can be written by other accounts/);
  });
});

describe('an answer', () => {
  test.each([
    ['that is not JSON', 'x'],
    ['without a version', '{"ok":true,"result":{"windows":[]}}'],
    ['without a result', '{"version":1,"product":"x","ok":true}'],
    ['of another shape', '{"version":1,"product":"x","ok":true,"result":{"windows":7}}'],
    ['that is empty', ''],
  ])('%s is refused', async (_name, text) => {
    const client = await connected((_request, response) => response.end(text));
    expect(await failureOf(client.call('window.list', {}))).toMatchObject({
      code: 'CONTROL_REFUSED',
    });
  });

  test('that is a failure arrives with its code and help', async () => {
    const error = { code: 'RESOURCE_NOT_FOUND', message: 'no such', help: 'list' };
    const client = await connected(
      replying(() => ({ version: 1, product: 'x', ok: false, error })),
    );
    expect(await failureOf(client.call('resource.test', { name: 'db' }))).toMatchObject(error);
  });

  test('with a code that only a newer daemon knows still arrives as a failure', async () => {
    const error = { code: 'BRAND_NEW', message: 'new', help: null };
    const client = await connected(
      replying(() => ({ version: 1, product: 'x', ok: false, error })),
    );
    expect(await failureOf(client.call('status', {}))).toMatchObject({ code: 'CONTROL_REFUSED' });
  });

  test.each([
    ['before its head', (socket: { destroy(): void }) => socket.destroy()],
    [
      'in the middle of its body',
      (socket: { destroy(): void; write(text: string): void }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"version":1,');
        setTimeout(() => socket.destroy(), 20);
      },
    ],
  ])('that is cut off %s because the daemon died is unreachable', async (_name, die) => {
    const client = await connected((request) => die(request.socket));
    expect(await failureOf(client.call('window.list', {}))).toMatchObject({
      code: 'CONTROL_UNREACHABLE',
    });
  });
});

describe('a stream', () => {
  const event = (index: number): string =>
    `${JSON.stringify({ version: 1, product: 'x', kind: 'event', event: rowOf(index) })}\n`;
  const end = `${JSON.stringify({ version: 1, product: 'x', kind: 'end' })}\n`;
  const rowOf = (index: number): object => ({
    index,
    entry: { type: 'event', time: 't', name: 'n', session: null, details: {} },
  });
  const params = {
    filter: {
      type: null,
      session: null,
      resource: null,
      verdict: null,
      decision: null,
      text: null,
      since: null,
      until: null,
    },
    from: null,
  };

  test('gives each event and ends where the daemon says so', async () => {
    const client = await connected((_request, response) => response.end(event(1) + event(2) + end));
    const seen: number[] = [];
    for await (const row of client.subscribe('audit.tail', params)) seen.push(row.index);
    expect(seen).toEqual([1, 2]);
  });

  test('that stops without an end is a failure, not an end', async () => {
    const client = await connected((_request, response) => response.end(event(1)));
    const read = async (): Promise<void> => {
      for await (const row of client.subscribe('audit.tail', params)) expect(row.index).toBe(1);
    };
    expect(await failureOf(read())).toMatchObject({ code: 'CONTROL_UNREACHABLE' });
  });

  test('comes back after an interruption, from where it was', async () => {
    const asked: unknown[] = [];
    const client = await connected((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const { from } = JSON.parse(body) as { from: number | null };
        asked.push(from);
        if (from === null) response.write(event(0), () => response.destroy());
        else response.end(event(from) + end);
      });
    });
    let next: number | null = null;
    const seen: number[] = [];
    const resume = (): typeof params & { from: number | null } =>
      Object.assign({}, params, { from: next });
    for await (const row of client.subscribe('audit.tail', params, { resume })) {
      seen.push(row.index);
      next = row.index + 1;
    }
    expect(asked).toEqual([null, 1]);
    expect(seen).toEqual([0, 1]);
  });

  test('that is refused fails with the reason, however often it could be resumed', async () => {
    const error = { code: 'CONTROL_FORBIDDEN', message: 'no', help: null };
    const client = await connected((_request, response) => {
      response.writeHead(403);
      response.end(JSON.stringify({ version: 1, product: 'x', ok: false, error }));
    });
    const stream = client.subscribe('approval.watch', {}, { resume: () => ({}) });
    expect(await failureOf(stream.next())).toMatchObject({ code: 'CONTROL_FORBIDDEN' });
  });

  test('ends without a word when it is aborted', async () => {
    const client = await connected((_request, response) => response.write(event(1)));
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const row of client.subscribe('audit.tail', params, { signal: stop.signal })) {
      seen.push(row.index);
      stop.abort();
    }
    expect(seen).toEqual([1]);
  });
});

describe('starting a daemon', () => {
  test('makes one that answers and outlives us', async () => {
    const client = await connectControl({ paths, startDaemon: true, entry: FAKE_DAEMON });
    expect((await client.call('daemon.stop', {})).pid).toBe(startedDaemons()[0]);
  });

  test('leaves exactly one when several start together', async () => {
    const start = (): Promise<ControlClient> =>
      connectControl({ paths, startDaemon: true, entry: FAKE_DAEMON });
    await Promise.all([start(), start(), start(), start()]);
    expect(startedDaemons()).toHaveLength(1);
  });

  test.runIf(process.platform === 'linux')(
    'gives it none of the environment that could steer it',
    async () => {
      const names = ['DATABASE_URL', 'PGPASSWORD', 'NODE_OPTIONS', 'AGENTGUARD_SESSION'];
      for (const name of names) process.env[name] = name === 'NODE_OPTIONS' ? '--no-warnings' : 'x';
      try {
        await connectControl({ paths, startDaemon: true, entry: FAKE_DAEMON });
        const [pid] = startedDaemons();
        const environment = readFileSync(`/proc/${pid!}/environ`, 'utf8');
        for (const name of names) expect(environment).not.toContain(`${name}=`);
        expect(environment).toContain(`AGENTGUARD_HOME=${home}`);
      } finally {
        for (const name of names) Reflect.deleteProperty(process.env, name);
      }
    },
  );

  test.each([
    [
      'says why',
      "console.error('error: the record is broken'); process.exit(1)",
      'record is broken',
    ],
    ['throws', "throw new Error('no room left')", 'no room left'],
    ['says nothing', 'process.exit(3)', 'ended while starting'],
  ])('that fails and %s is unreachable at once', async (_name, program, said) => {
    const entry = join(home, 'broken.mjs');
    writeFileSync(entry, program);
    const error = await failureOf(connectControl({ paths, startDaemon: true, entry }));
    expect(error.code).toBe('CONTROL_UNREACHABLE');
    expect(error.message).toContain(said);
  });

  test('that never answers ends at its time limit', async () => {
    const entry = join(home, 'silent.mjs');
    writeFileSync(entry, 'setTimeout(() => {}, 3000)');
    const options = { paths, startDaemon: true, entry, startTimeoutMs: 300 };
    expect(await failureOf(connectControl(options))).toMatchObject({ code: 'CONTROL_UNREACHABLE' });
  });
});

test('a daemon that is killed while it answers is unreachable, and the next one is started', async () => {
  const client = await connectControl({ paths, startDaemon: true, entry: FAKE_DAEMON });
  // The fake daemon never answers this one.
  const waiting = failureOf(client.call('window.list', {}));
  const killer = spawn('sleep', ['0.2']);
  await once(killer, 'exit');
  const [first] = startedDaemons();
  process.kill(first!, 'SIGKILL');
  expect(await waiting).toMatchObject({ code: 'CONTROL_UNREACHABLE' });
  const again = await connectControl({ paths, startDaemon: true, entry: FAKE_DAEMON });
  const { pid } = await again.call('daemon.stop', {});
  expect(pid).not.toBe(first);
});
