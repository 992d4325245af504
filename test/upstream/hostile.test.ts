/** Servers that mean harm, over real sockets: what the playbooks cannot show is that nothing stays open or waits for ever. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mintLeaf } from '../../daemon/src/tls/leaf.ts';
import { CANARY_PASSWORD, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { openUpstream, whoAmI, withoutCanary } from './open.ts';

let server: Server | null = null;
const seen = { bytes: '', closed: false };

afterEach(() => {
  server?.close();
  server = null;
});

/** Starts a server that behaves as told, and gives the connection text that leads to it. */
async function serve(behave: (socket: Socket) => void, parameters = ''): Promise<string> {
  seen.bytes = '';
  seen.closed = false;
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('close', () => (seen.closed = true));
    socket.on('data', (bytes) => (seen.bytes += bytes.toString('latin1')));
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return `host=127.0.0.1 port=${port} user=u dbname=d password=${CANARY_PASSWORD} ${parameters}`;
}

/** Says one thing for each thing that it hears. */
function script(...lines: readonly (string | Buffer)[]): (socket: Socket) => void {
  return (socket) => {
    let at = 0;
    socket.on('data', () => {
      const line = lines[at];
      at += 1;
      if (line !== undefined)
        socket.write(typeof line === 'string' ? Buffer.from(line, 'latin1') : line);
    });
  };
}

const OK = 'R\0\0\0\x08\0\0\0\0';
const CLEARTEXT = 'R\0\0\0\x08\0\0\0\x03';
const MD5 = 'R\0\0\0\x0c\0\0\0\x05salt';
const ERROR = `E\0\0\0\x2eC28P01\0M${CANARY_PASSWORD}\0D${'x'.repeat(8)}\0\0`.replace(
  '\x2e',
  String.fromCharCode(4 + 7 + 2 + CANARY_PASSWORD.length + 10 + 1),
);

describe('a hostile server (P-16)', () => {
  it.each<[string, string, (socket: Socket) => void, string]>([
    ['injects bytes behind its answer', 'sslmode=require', script(`S${OK}`), 'data before TLS'],
    ['asks for the password in clear', 'sslmode=disable', script(CLEARTEXT), 'clear text'],
    [
      'asks for the password in clear after declining TLS',
      'sslmode=prefer',
      script('N', CLEARTEXT),
      'clear text',
    ],
    ['declines TLS', 'sslmode=require', script('N', OK), 'does not offer TLS'],
    [
      'asks for md5 where SCRAM is required',
      'sslmode=disable require_auth=scram-sha-256',
      script(MD5),
      '`require_auth`',
    ],
    [
      'lets in where proof is required',
      'sslmode=disable require_auth=scram-sha-256',
      script(OK),
      '`require_auth`',
    ],
    [
      'lets in without binding',
      'sslmode=disable channel_binding=require',
      script(OK),
      '`channel_binding`',
    ],
    [
      'claims a frame of two gigabytes',
      'sslmode=disable',
      script('R\x7f\xff\xff\xff'),
      'impossible length',
    ],
    ['quotes the password in its error', 'sslmode=disable', script(ERROR), 'SQLSTATE 28P01'],
    ['speaks something else', 'sslmode=disable', script('HTTP/1.1 200 OK\r\n\r\n'), 'protocol'],
    [
      'answers TLS with noise',
      'sslmode=require',
      script('S', 'noise instead of a ServerHello'),
      'TLS',
    ],
    ['hangs up', 'sslmode=disable', (socket) => socket.end(), 'closed the connection'],
    [
      'hangs up during TLS',
      'sslmode=require',
      (socket) => socket.once('data', () => socket.end('S')),
      '',
    ],
    ['resets', 'sslmode=disable', (socket) => socket.resetAndDestroy(), ''],
  ])(
    'that %s gets no session, no password, and is hung up on',
    async (_name, parameters, behave, words) => {
      const text = await serve(behave, parameters);
      const said = await whoAmI(text);
      expect(said).toMatch(/^UPSTREAM_/);
      expect(said).toContain(words);
      expect(seen.bytes).not.toContain(CANARY_PASSWORD);
      await expect.poll(() => seen.closed).toBe(true);
    },
  );

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['agrees to TLS and says nothing more', script('S')],
    [
      'drips notices',
      (socket) => {
        socket.write('N');
        const timer = setInterval(() => socket.write('N\0\0\0\x05\0'), 5);
        socket.on('close', () => clearInterval(timer));
      },
    ],
  ])('that %s is waited for no longer than was said', async (_name, behave) => {
    const text = await serve(behave);
    const started = performance.now();
    expect(await whoAmI(text, { timeoutMs: 300 })).toContain('did not answer in time');
    expect(performance.now() - started).toBeLessThan(10_000);
    await expect.poll(() => seen.closed).toBe(true);
  });

  it('that floods cannot make us keep more than a handshake needs', async () => {
    const text = await serve((socket) => {
      const notice = Buffer.concat([Buffer.from('N\0\0\x75\x30', 'latin1'), Buffer.alloc(29_996)]);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(notice));
      };
      socket.on('drain', pour);
      socket.once('data', pour);
    }, 'sslmode=disable');
    expect(await whoAmI(text)).toContain('says too much');
  });

  it('that refuses does not show the password in any part of the error', async () => {
    const text = await serve(script(ERROR), 'sslmode=disable');
    const error: unknown = await openUpstream(text).catch((reason: unknown) => reason);
    expect(withoutCanary(error).code).toBe('UPSTREAM_AUTHENTICATION');
  });
});

describe('somebody in the middle with a certificate of his own (P-16)', () => {
  let postgres: TestPostgres;
  let relay: Server;
  let base: string;

  beforeAll(async () => {
    postgres = await startPostgres({ tls: true });
    const leaf = await mintLeaf(new Date());
    const secureContext = createSecureContext({ cert: leaf.certificate, key: leaf.key });
    relay = createServer((client) => {
      client.once('data', () => {
        const upstream = connect({ port: postgres.port, host: '127.0.0.1' });
        upstream.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
        upstream.once('data', () => {
          client.write('S');
          const near = new TLSSocket(client, { isServer: true, secureContext });
          const far = connectTls({ socket: upstream, rejectUnauthorized: false });
          for (const socket of [near, far]) socket.on('error', () => socket.destroy());
          near.pipe(far).pipe(near);
        });
      });
      client.on('error', () => undefined);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const { port } = relay.address() as AddressInfo;
    base = `host=127.0.0.1 port=${port} user=postgres dbname=postgres password=${CANARY_PASSWORD}`;
  });
  afterAll(async () => {
    relay.close();
    await postgres.stop();
  });

  it('is noticed by channel binding even where certificates are not checked', async () => {
    expect(await whoAmI(`${base} sslmode=require`)).toMatch(/^UPSTREAM_AUTHENTICATION/);
    expect(await whoAmI(`${base} sslmode=require channel_binding=require`)).toMatch(
      /^UPSTREAM_AUTHENTICATION/,
    );
  });

  it('is noticed by the certificate where it is checked', async () => {
    const root = `sslrootcert=${postgres.tls!.caFile}`;
    expect(await whoAmI(`${base} sslmode=verify-ca ${root} channel_binding=disable`)).toMatch(
      /^UPSTREAM_TLS/,
    );
  });

  it('gets through where somebody switched both off', async () => {
    expect(await whoAmI(`${base} sslmode=require channel_binding=disable`)).toBe(
      'postgres tls=true',
    );
  });
});
