import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentProcess, readProcess } from '../platform/processes.ts';
import type { ProcessIdentity } from '../platform/processes.ts';
import type { TcpEnds } from '../platform/tcp-peer.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { makeProxySessions } from './proxy-sessions.ts';
import { systemClock } from './system-clock.ts';

let server: ReturnType<typeof createServer>;
let client: Socket;
let other: ChildProcess;
let ends: TcpEnds;
let store: SessionStore<null>;
let elsewhere: string[];
beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await accepted) as [Socket];
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  ends = { localAddress, localPort, remoteAddress, remotePort };
  other = spawn('sleep', ['60'], { stdio: 'ignore' });
  store = new SessionStore<null>({ clock: systemClock, makeVerifier: () => null });
  elsewhere = [];
});
afterEach(() => {
  other.kill();
  client.destroy();
  server.close();
});

function makeSession(root: ProcessIdentity | null): {
  readonly id: string;
  readonly token: string;
} {
  const { session, token } = store.create({
    person: 'ana',
    agent: 'claude',
    label: null,
    resources: [],
    workspace: '/shop',
    askTimeoutMs: 0,
    attended: false,
    root,
    held: root !== null,
  });
  return { id: session.id, token };
}

function open(token: string): Promise<unknown> {
  const sessions = makeProxySessions({ sessions: store, onElsewhere: (id) => elsewhere.push(id) });
  return sessions.open(token, ends);
}

test('a token opens its session, and says when that ends (P-20)', async () => {
  const { id, token } = makeSession(null);
  const sessions = makeProxySessions({ sessions: store, onElsewhere: () => undefined });
  const opened = await sessions.open(token, ends);
  if (typeof opened === 'string') throw new Error(opened);
  expect(opened).toMatchObject({ id, principal: { agent: 'claude', session: id } });
  expect(opened.isLive()).toBe(true);
  const ended = new Promise<void>((resolve) => opened.onEnd(resolve));
  store.end(id, 'ended');
  await ended;
  expect(opened.isLive()).toBe(false);
  expect(await open(token)).toBe('unknown');
});

test.each(['', 'agt_', `agt_${'A'.repeat(43)}`])('%j opens nothing', async (token) => {
  makeSession(null);
  expect(await open(token)).toBe('unknown');
});

test.runIf(['linux', 'darwin'].includes(process.platform))(
  'a token opens something only in the hands of its own session (P-40)',
  async () => {
    const mine = makeSession(currentProcess());
    expect(await open(mine.token)).toMatchObject({ id: mine.id });
    const started = readProcess(other.pid ?? -1);
    if (started === null) throw new Error('no process');
    const theirs = makeSession(started);
    expect(await open(theirs.token)).toBe('elsewhere');
    expect(elsewhere).toEqual([theirs.id]);
  },
);
