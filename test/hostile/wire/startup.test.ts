import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelRequest, cstring, int32, message, packet, SSL_REQUEST, startup } from './frames.ts';
import { HARM, startHostileStage, type HostileStage } from './hostile-stage.ts';

let stage: HostileStage;

beforeAll(async () => {
  stage = await startHostileStage();
});
afterAll(() => stage.stop());

const VALID = startup({ user: 'agent', database: 'shop' });

/** First bytes that no honest client sends. */
const FIRST_BYTES: readonly (readonly [string, Buffer])[] = [
  ['a length of zero', packet(int32(196_608), 0)],
  ['a length below the smallest', packet(int32(196_608), 7)],
  ['a negative length', packet(int32(196_608), -1)],
  ['a length of two gigabytes', packet(int32(196_608), 0x7fff_ffff)],
  ['a length just over the cap', packet(int32(196_608), 10_001)],
  ['protocol 2.0', packet(Buffer.concat([int32(0x0002_0000), Buffer.alloc(292)]))],
  ['protocol 4.0', startup({ user: 'agent', database: 'shop' }, 0x0004_0000)],
  [
    'no terminator behind the parameters',
    packet(Buffer.concat([int32(196_608), cstring('user'), cstring('agent')])),
  ],
  [
    'a name without a value',
    packet(Buffer.concat([int32(196_608), cstring('user'), Buffer.of(0)])),
  ],
  ['bytes behind the terminator', packet(Buffer.concat([VALID.subarray(4), Buffer.from('xyz')]))],
  ['no user', startup({ database: 'shop' })],
  ['an empty user', startup({ user: '', database: 'shop' })],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.0\r\n')],
  ['a ClientHello of TLS', Buffer.concat([Buffer.of(0x16, 3, 1, 1, 0, 1), randomBytes(255)])],
  ['an SSL request with bytes behind it', packet(Buffer.concat([int32(80_877_103), int32(1)]))],
  ['an SSL request repeated', Buffer.concat([SSL_REQUEST, SSL_REQUEST, SSL_REQUEST, SSL_REQUEST])],
  ['a cancel request without a key', packet(Buffer.concat([int32(80_877_102), int32(1)]))],
  ['a cancel request with a key too long', cancelRequest(1, Buffer.alloc(300))],
  ['a cancel request of nobody', cancelRequest(4711, Buffer.alloc(4))],
  ['a query before any login', HARM],
  ['zeros', Buffer.alloc(4096)],
  ['noise', randomBytes(4096)],
];

describe('first bytes (P-14) (P-17)', () => {
  it.each(FIRST_BYTES)('%s open nothing', async (_name, bytes) => {
    const client = await stage.open();
    client.send(bytes, HARM);
    client.halfClose();
    expect(await client.until(() => client.closed)).not.toBe('silent');
    expect(client.count('Z')).toBe(0);
    expect(client.count('K')).toBe(0);
  });

  it('leave the guard serving', () => stage.expectUnharmed());
});

/** Answers to the request for a proof that prove nothing. */
const ANSWERS: readonly (readonly [string, Buffer])[] = [
  ['a query in place of an answer', HARM],
  ['a cleartext password', message('p', cstring('agt_guess'))],
  ['an empty answer', message('p')],
  [
    'an unknown mechanism',
    message('p', Buffer.concat([cstring('PLAIN'), int32(4), Buffer.from('abcd')])),
  ],
  [
    'a length that lies',
    message('p', Buffer.concat([cstring('SCRAM-SHA-256'), int32(1000), Buffer.from('n,,n=,r=x')])),
  ],
  ['a negative length', message('p', Buffer.concat([cstring('SCRAM-SHA-256'), int32(-1)]))],
  [
    'a first message of another protocol',
    message('p', Buffer.concat([cstring('SCRAM-SHA-256'), int32(5), Buffer.from('hello')])),
  ],
  [
    'channel binding that was not offered',
    message(
      'p',
      Buffer.concat([
        cstring('SCRAM-SHA-256-PLUS'),
        int32(30),
        Buffer.from('p=tls-server-end-point,,n=,r=x'),
      ]),
    ),
  ],
  ['a message over the cap', message('p', Buffer.alloc(70_000, 0x41))],
  ['a message of another type', message('R', int32(0))],
  ['a startup packet again', VALID],
  ['noise', randomBytes(512)],
];

describe('answers to the request for a proof (P-01)', () => {
  it.each(ANSWERS)('%s lets nobody in', async (_name, bytes) => {
    const client = await stage.open();
    client.send(VALID);
    await client.untilCount('R', 1);
    client.send(bytes, HARM);
    client.halfClose();
    expect(await client.until(() => client.closed)).not.toBe('silent');
    expect(client.count('Z')).toBe(0);
  });

  it('a login that is right but for the last letter of the token is refused', async () => {
    const client = await stage.open();
    client.send(VALID);
    const last = stage.session.token.endsWith('A') ? 'B' : 'A';
    const almost = `${stage.session.token.slice(0, -1)}${last}`;
    await expect(client.authenticate(almost)).rejects.toThrow(/28P01/);
    client.destroy();
  });

  it('leave the guard serving', () => stage.expectUnharmed());
});

describe('clients that take their time (P-17)', () => {
  it('are sent away when they are not through after fifteen seconds, and hold nobody up', async () => {
    const silent = await stage.open();
    const slow = await stage.open();
    const halfway = await stage.open();
    halfway.send(VALID);
    const dripping = (async (): Promise<void> => {
      for (const byte of VALID) {
        if (slow.closed) return;
        slow.send(Buffer.of(byte));
        await new Promise((resolve) => setTimeout(resolve, 900));
      }
    })();
    await stage.expectUnharmed();
    for (const client of [silent, slow, halfway]) {
      expect(await client.until(() => client.closed, 25_000)).not.toBe('silent');
      expect(client.count('Z')).toBe(0);
    }
    await dripping;
    await stage.expectUnharmed();
  });
});

describe('connections that are given up', () => {
  it('leave none behind at the real server', async () => {
    const before = await upstreamConnections();
    for (let round = 0; round < 40; round += 1) {
      const client = await stage.open();
      if (round % 2 === 0) client.send(VALID.subarray(0, round % VALID.length));
      client.destroy();
    }
    const clients = await Promise.all(Array.from({ length: 10 }, () => stage.login()));
    for (const client of clients) client.destroy();
    await expect.poll(upstreamConnections, { timeout: 15_000 }).toBeLessThanOrEqual(before + 1);
    await stage.expectUnharmed();
  });
});

async function upstreamConnections(): Promise<number> {
  const [row] = await stage.server.sql(
    `select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and client_addr is not null`,
  );
  return Number(row?.['n']);
}
