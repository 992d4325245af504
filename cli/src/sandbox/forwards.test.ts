import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { distinctForwards, serveForward } from './forwards.ts';

const open: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of open.splice(0)) server.close();
});

async function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A forward to a port, and a client at its inner end. */
async function through(port: number): Promise<Socket> {
  const inner = createServer();
  inner.listen(0, '127.0.0.1');
  await once(inner, 'listening');
  const address = inner.address() as AddressInfo;
  open.push(serveForward(inner, { host: '127.0.0.1', port }));
  const client = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(client);
  await once(client, 'connect');
  return client;
}

async function read(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('a forward', () => {
  test('passes bytes both ways, and an end by itself', async () => {
    const port = await listen((socket) => {
      // Answers only after the other side has ended.
      void read(socket).then((text) => socket.end(`got ${text}`));
    });
    const client = await through(port);
    client.end('hello');
    expect(await read(client)).toBe('got hello');
  });

  test('closes when there is nobody at the other end', async () => {
    const port = await listen(() => undefined);
    open.splice(0).forEach((server) => server.close());
    const client = await through(port);
    await expect(read(client)).rejects.toThrow('ECONNRESET');
  });

  test('closes the other side when one breaks', async () => {
    let upstream: Socket | null = null;
    const port = await listen((socket) => (upstream = socket));
    const client = await through(port);
    client.write('x');
    await expect.poll(() => upstream).not.toBeNull();
    client.resetAndDestroy();
    await expect.poll(() => upstream!.errored).not.toBeNull();
  });

  test('waits for a slow reader instead of keeping everything', async () => {
    const port = await listen((socket) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const write = (): void => {
        while (socket.write(chunk));
        socket.once('drain', write);
      };
      write();
    });
    const client = await through(port);
    client.pause();
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

test('one listener of several databases is served once', () => {
  const one = { host: '127.0.0.1', port: 1 };
  expect(distinctForwards([one, { ...one }, { host: '::1', port: 1 }])).toEqual([
    one,
    { host: '::1', port: 1 },
  ]);
});
