/** What may flow in a tunnel, and how it flows: real sockets, ClientHello messages made to order. */

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { makeHello } from '../../../daemon/src/protocols/http/sample-hello.ts';
import { startBytes } from './byte-server.ts';
import type { ByteServer } from './byte-server.ts';
import { startProxyStage } from './proxy-stage.ts';
import type { ProxyStage, StageSession } from './proxy-stage.ts';
import { connectHead, raw } from './raw-client.ts';

let stage: ProxyStage;
let server: ByteServer;
let session: StageSession;
afterEach(async () => {
  await stage.close();
  await server.close();
});

async function open(onConnection?: (socket: Socket) => void): Promise<void> {
  server = await startBytes(onConnection);
  stage = await startProxyStage({
    hosts: [`{ host: api.test, port: ${server.port}, private: true }`],
    names: { 'api.test': [['127.0.0.1']] },
  });
  session = stage.session();
}

/** A tunnel whose 200 has been read. */
async function openTunnel(): Promise<Socket> {
  const socket = connect({ port: stage.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.write(connectHead(`api.test:${server.port}`, session.token));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('200');
  return socket;
}

describe('what is not TLS for the host never reaches it (P-33)', () => {
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: api.test\r\n\r\n'), 'tunnel content'],
    [
      'the startup of a PostgreSQL client',
      Buffer.from('000000080004d2162f', 'hex'),
      'tunnel content',
    ],
    ["SSH's greeting", Buffer.from('SSH-2.0-x\r\n'), 'tunnel content'],
    ['TLS for another host', makeHello({ serverName: 'evil.test' }), 'server name'],
    ['TLS for nobody', makeHello({ serverName: null }), 'server name'],
    [
      'TLS with an encrypted hello',
      makeHello({ extensions: [[0xfe0d, Buffer.alloc(8)]] }),
      'server name',
    ],
    ['PostgreSQL inside of TLS', makeHello({ protocols: ['postgresql'] }), 'tunnel content'],
  ])('%s', async (_name, bytes, what) => {
    await open();
    const answer = await raw(
      stage.port,
      connectHead(`api.test:${server.port}`, session.token),
      bytes,
    );
    expect(answer).toContain('200');
    expect(server.received()).toHaveLength(0);
    await expect
      .poll(() => stage.lines())
      .toEqual(
        expect.arrayContaining([
          `allow api.test:${server.port}`,
          `refused ${what}`,
          'outcome failed REFUSED',
        ]),
      );
  });

  test('even when it comes in one write with the CONNECT', async () => {
    await open();
    const head = connectHead(`api.test:${server.port}`, session.token);
    await raw(
      stage.port,
      Buffer.concat([Buffer.from(head), Buffer.from('GET / HTTP/1.1\r\n\r\n')]),
    );
    expect(server.received()).toHaveLength(0);
    await expect.poll(() => stage.lines()).toContain('refused tunnel content');
  });

  test('a real TLS client that names another host is told so in the words of TLS', async () => {
    await open();
    const socket = await openTunnel();
    const secure = connectTls({ socket, servername: 'evil.test', rejectUnauthorized: false });
    const [error] = (await once(secure, 'error')) as [Error];
    expect(error.message).toMatch(/unrecognized.name/i);
    expect(server.received()).toHaveLength(0);
  });

  test('nor does anything come down that the host says unasked', async () => {
    await open((socket) => socket.write('220 greetings from a mail server\r\n'));
    const head = connectHead(`api.test:${server.port}`, session.token);
    const answer = await raw(stage.port, head, Buffer.from('EHLO me\r\n'));
    expect(answer).not.toContain('greetings');
  });

  test('TLS for the host does, byte by byte and with what follows it', async () => {
    await open();
    const socket = await openTunnel();
    const bytes = Buffer.concat([makeHello({ recordBytes: 7 }), Buffer.from('more')]);
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await sleep(0);
    }
    await expect.poll(() => server.received().length).toBe(bytes.length);
    expect(server.received()).toEqual(bytes);
    socket.destroy();
  });
});

describe('an open tunnel', () => {
  async function openFully(): Promise<{ client: Socket; host: Socket }> {
    const client = await openTunnel();
    const hello = makeHello();
    client.write(hello);
    await expect.poll(() => server.received().length).toBe(hello.length);
    return { client, host: server.sockets[0]! };
  }

  test('ends each direction by itself', async () => {
    await open();
    const { client, host } = await openFully();
    const hostEnded = once(host, 'end');
    client.end();
    await hostEnded;
    host.write('an answer after the question has ended');
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toContain('after the question');
    const clientEnded = once(client, 'end');
    host.end();
    await clientEnded;
    await expect.poll(() => stage.lines()).toContain('outcome done');
    const outcome = (await stage.record()).at(-1);
    const sent = makeHello().length;
    expect(outcome).toMatchObject({ tags: [`sent ${sent} bytes`, 'received 38 bytes'] });
  });

  test('is reset on one side when it is reset on the other', async () => {
    await open();
    const { client, host } = await openFully();
    client.resetAndDestroy();
    await expect.poll(() => host.closed).toBe(true);
    await expect.poll(() => stage.lines()).toContain('outcome unknown UPSTREAM_LOST');
  });

  test('holds back a host whose client does not read, and loses nothing (P-17)', async () => {
    const size = 64 * 1024 * 1024;
    await open();
    const { client, host } = await openFully();
    client.pause();
    host.write(Buffer.alloc(size, 7));
    await sleep(700);
    const waiting = host.writableLength;
    const memory = process.memoryUsage().arrayBuffers;
    expect(waiting).toBeGreaterThan(0);
    let received = 0;
    client.on('data', (chunk: Buffer) => (received += chunk.length));
    client.resume();
    await expect.poll(() => received, { timeout: 20_000 }).toBe(size);
    // The test itself holds the one buffer that is sent; the proxy added next to nothing.
    expect(memory).toBeLessThan(size * 2);
    client.destroy();
  });

  test('closes with its session, and with the daemon (P-20)', async () => {
    await open();
    const { client, host } = await openFully();
    session.end();
    await expect.poll(() => [client.closed, host.closed]).toEqual([true, true]);
    await expect.poll(() => stage.lines()).toContain('outcome unknown SESSION_ENDED');
    await expect.poll(() => stage.proxy.connections).toBe(0);
  });
});

test('a tunnel that nobody says anything in is closed, and is on the record (P-17)', async () => {
  await open();
  const socket = await openTunnel();
  socket.resume();
  // Half of a hello is as good as none.
  socket.write(makeHello().subarray(0, 40));
  await expect.poll(() => socket.readableEnded, { timeout: 20_000, interval: 250 }).toBe(true);
  socket.destroy();
  await expect.poll(() => stage.lines()).toContain('outcome failed HELLO_TIMEOUT');
  expect(server.received()).toHaveLength(0);
});

test('a host that does not answer is a failure with a reason, and is on the record', async () => {
  await open();
  await server.close();
  const answer = await raw(stage.port, connectHead(`api.test:${server.port}`, session.token));
  expect(answer).toMatch(/^HTTP\/1\.1 502 /);
  expect(answer).toContain('the host cannot be reached');
  await expect.poll(() => stage.lines()).toContain('outcome failed UNREACHABLE');
});

test('a client that ends before its tunnel is open leaves nothing behind', async () => {
  await open();
  // Its end comes while the host is dialed, when nobody reads it yet.
  const head = connectHead(`api.test:${server.port}`, session.token);
  expect(await raw(stage.port, head, undefined, true)).toMatch(/^HTTP\/1\.1 200 /);
  await expect.poll(() => stage.lines()).toContain('outcome failed CLIENT_LEFT');
  await expect.poll(() => stage.proxy.connections).toBe(0);
});

test('a CONNECT with any byte changed opens the listed host or nothing (P-31)', async () => {
  await open();
  const head = Buffer.from(connectHead(`api.test:${server.port}`, session.token), 'latin1');
  const changes = fc.array(fc.tuple(fc.nat(head.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 2,
  });
  const heads = fc.sample(changes, { numRuns: 300, seed: 11 }).map((some) => {
    const bytes = Buffer.from(head);
    for (const [at, value] of some) bytes[at] = value;
    return bytes;
  });
  for (let at = 0; at < heads.length; at += 50) {
    const batch = heads.slice(at, at + 50);
    // What follows is no TLS, so whatever was opened is closed at once.
    await Promise.all(batch.map((bytes) => raw(stage.port, bytes, Buffer.from('x'), true)));
  }
  expect(server.received()).toHaveLength(0);
  const lines = await stage.lines();
  const allowed = new Set(lines.filter((line) => line.startsWith('allow')));
  expect([...allowed]).toEqual([`allow api.test:${server.port}`]);
  expect(stage.lookedUp.every((name) => name === 'api.test')).toBe(true);
  await expect.poll(() => stage.proxy.connections, { timeout: 5_000 }).toBe(0);
});

test('one session cannot take the proxy from the others (P-17)', async () => {
  await open();
  const target = `api.test:${server.port}`;
  const held = await Promise.all(Array.from({ length: 128 }, openTunnel));
  expect(await raw(stage.port, connectHead(target, session.token))).toContain('503');
  const other = stage.session();
  const socket = connect(stage.port, '127.0.0.1');
  socket.write(connectHead(target, other.token));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('200');
  for (const one of [...held, socket]) one.destroy();
  await expect.poll(() => stage.proxy.connections).toBe(0);
  expect(await raw(stage.port, connectHead(target, session.token), Buffer.from('x'))).toContain(
    '200',
  );
});
