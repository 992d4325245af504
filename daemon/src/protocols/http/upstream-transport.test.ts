import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dial, DialProblem } from './upstream-transport.ts';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer((socket) => socket.resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.close();
});

const NEVER = new AbortController().signal;

async function problemOf(dialed: Promise<unknown>): Promise<string> {
  try {
    await dialed;
    return 'none';
  } catch (error) {
    return error instanceof DialProblem ? error.problem : 'another error';
  }
}

describe('a dialer', () => {
  test('tries the checked addresses in order and says which one it got by its socket', async () => {
    // Nobody listens at the first: the server is bound to one address of the loopback.
    const addresses = ['127.0.0.2', '127.0.0.1'];
    const socket = await dial({ addresses, port, timeoutMs: 5000, signal: NEVER });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  test('never looks a name up: what is no address is not dialed (P-31)', async () => {
    const dialing = dial({ addresses: ['localhost'], port, timeoutMs: 5000, signal: NEVER });
    expect(await problemOf(dialing)).toBe('unreachable');
  });

  test.each([
    ['no address', [], 'not found'],
    ['nobody who listens', ['127.0.0.2', '127.0.0.3'], 'unreachable'],
  ])('with %s says so', async (_name, addresses, problem) => {
    expect(await problemOf(dial({ addresses, port, timeoutMs: 5000, signal: NEVER }))).toBe(
      problem,
    );
  });

  test('stops at once when nobody waits any more', async () => {
    const options = { addresses: ['127.0.0.1'], port, timeoutMs: 5000 };
    expect(await problemOf(dial({ ...options, signal: AbortSignal.abort() }))).toBe('unreachable');
  });
});
