import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeAuthentication, encodeError, encodeNegotiate } from './encode.ts';
import { decodeStartup } from './startup.ts';
import { type Encryption, encryptionAttempts } from './upstream-handshake.ts';
import { toVersionNumber } from './upstream-answers.ts';
import {
  CANARY,
  target,
  Play,
  OK,
  READY,
  SCRAM,
  BOTH,
  scramServer,
  initial,
  exchange,
} from './upstream-playbook.ts';

describe('encryption is tried in the order of libpq', () => {
  it.each([
    ['sslmode=disable', ['plain']],
    ['sslmode=allow', ['plain', 'tls']],
    ['sslmode=prefer', ['tls-if-offered', 'plain']],
    ['', ['tls-if-offered', 'plain']],
    ['sslmode=require', ['tls']],
    ['sslmode=verify-ca', ['tls']],
    ['sslmode=verify-full', ['tls']],
    ['sslmode=require sslnegotiation=direct', ['direct-tls']],
    ['sslmode=verify-full host=/run', ['plain']],
  ])('%s: %j', (parameters, attempts) => {
    expect(encryptionAttempts(target(parameters))).toEqual(attempts);
  });

  it.each<[Encryption, string, string]>([
    ['tls', 'S', 'start-tls'],
    ['tls-if-offered', 'S', 'start-tls'],
    ['tls', 'N', 'UPSTREAM_TLS: the server does not offer TLS'],
    ['tls-if-offered', 'N', 'send'],
    ['tls', 'E', 'UPSTREAM_TLS (retry)'],
    ['tls', 'X', 'UPSTREAM_PROTOCOL:'],
    [
      'tls',
      'SX',
      'UPSTREAM_PROTOCOL: the server does not keep to the protocol: it sends data before TLS',
    ],
    ['tls-if-offered', 'SX', 'UPSTREAM_PROTOCOL:'],
    ['tls-if-offered', 'NX', 'UPSTREAM_PROTOCOL:'],
  ])('%s answered by %s: %s', (encryption, answer, expected) => {
    const play = new Play('', encryption).bytes(answer);
    const last = play.commands.at(-1)?.kind;
    expect(last === 'fail' ? play.end : last).toContain(expected);
  });

  it('believes nothing that comes between the answer and TLS', () => {
    const play = new Play('', 'tls').bytes('S').bytes(OK, READY);
    expect(play.end).toContain('speaks out of turn');
  });

  it.each<[Encryption, string | null, boolean]>([
    ['direct-tls', 'postgresql', true],
    ['direct-tls', null, false],
    ['direct-tls', 'http/1.1', false],
    ['tls', null, true],
    ['tls', 'postgresql', true],
    ['tls', 'http/1.1', false],
  ])('%s with the ALPN answer %s goes on: %s', (encryption, alpn, goesOn) => {
    const play = new Play('', encryption);
    if (encryption === 'tls') play.bytes('S');
    expect(play.tls({ alpn }).commands.at(-1)?.kind === 'send').toBe(goesOn);
  });

  it('may try the other kind only after what libpq would', () => {
    const refused = encodeError({ severity: 'FATAL', code: '28000', message: 'no' });
    expect(new Play('', 'plain').bytes(refused).end).toContain('(retry)');
    expect(new Play('', 'tls-if-offered').bytes('S').tls().bytes(refused).end).toContain('(retry)');
    expect(new Play('', 'tls-if-offered').bytes('N').bytes(refused).end).not.toContain('(retry)');
    const failed = new Play('', 'tls-if-offered').bytes('S');
    expect(failed.event({ kind: 'tls-failed', reason: 'CERT_HAS_EXPIRED' }).end).toContain(
      '(retry)',
    );
    expect(new Play('', 'plain').bytes(OK, refused).end).not.toContain('(retry)');
  });
});

describe('the startup message', () => {
  it('pins what reading depends on behind everything else (P-15)', () => {
    const play = new Play(
      "application_name=a options='-c client_encoding=SJIS'",
      'plain',
      new Map([['search_path', 'x']]),
    );
    const decoded = decodeStartup(play.sent);
    expect(decoded).toMatchObject({ ok: true, message: { kind: 'startup', version: 0x3_0000 } });
    const message = decoded.ok && decoded.message.kind === 'startup' ? decoded.message : null;
    expect([...(message?.parameters ?? [])]).toEqual([
      ['user', 'u'],
      ['database', 'd'],
      ['options', '-c client_encoding=SJIS'],
      ['application_name', 'a'],
      ['search_path', 'x'],
      ['client_encoding', 'UTF8'],
      ['standard_conforming_strings', 'on'],
    ]);
  });

  it('is not sent when it would be cut or read otherwise', () => {
    expect(new Play('', 'plain', new Map([['search_path', 'x'.repeat(10_000)]])).end).toContain(
      'too long',
    );
    expect(new Play('', 'plain', new Map([['search_path', 'x\0user\0root']])).end).toContain(
      'zero byte',
    );
  });

  it.each<[string, Buffer[], string]>([
    ['max_protocol_version=3.2', [encodeNegotiate(0x3_0000, [])], 'ready'],
    ['max_protocol_version=3.2', [], 'ready'],
    ['max_protocol_version=3.2', [encodeNegotiate(0x3_0001, [])], 'negotiation'],
    ['max_protocol_version=3.2', [encodeNegotiate(0x3_0002, [])], 'negotiation'],
    ['max_protocol_version=3.2', [encodeNegotiate(0x2_0000, [])], 'negotiation'],
    ['max_protocol_version=3.2', [encodeNegotiate(0x3_0000, ['_pq_.x'])], 'negotiation'],
    [
      'max_protocol_version=3.2',
      Array<Buffer>(2).fill(encodeNegotiate(0x3_0000, [])),
      'negotiation',
    ],
    ['', [encodeNegotiate(0x3_0000, [])], 'negotiation'],
  ])('with `%s` and %j ends %s', (parameters, negotiation, end) => {
    const play = new Play(parameters).bytes(...negotiation, OK, READY);
    expect(play.end).toContain(end);
    if (end === 'ready') {
      const session = play.commands.flatMap((command) =>
        command.kind === 'ready' ? [command.session] : [],
      );
      expect(session[0]?.protocol).toBe(negotiation.length === 0 ? '3.2' : '3.0');
    }
  });
});

describe('authentication', () => {
  it('proves the password by SCRAM and lets the server prove it too', () => {
    const play = exchange(new Play().bytes(SCRAM), scramServer());
    expect(play.bytes(OK, READY, 'later').commands.at(-1)).toMatchObject({
      kind: 'ready',
      rest: Buffer.from('later'),
      session: {
        serverVersion: 180_004,
        protocol: '3.0',
        backendKey: { pid: 7, secret: Buffer.from('abcd') },
      },
    });
  });

  it.each([
    ['', BOTH, 'SCRAM-SHA-256-PLUS', 'p=tls-server-end-point,,'],
    ['', SCRAM, 'SCRAM-SHA-256', 'y,,'],
    ['channel_binding=disable', BOTH, 'SCRAM-SHA-256', 'n,,'],
    ['channel_binding=require', BOTH, 'SCRAM-SHA-256-PLUS', 'p=tls-server-end-point,,'],
  ])(
    'over TLS with `%s` chooses the right mechanism and flag (%#)',
    (parameters, offer, mechanism, flag) => {
      const play = new Play(parameters, 'tls').bytes('S').tls().bytes(offer);
      expect(initial(play.sent).mechanism).toBe(mechanism);
      expect(initial(play.sent).data.startsWith(flag)).toBe(true);
    },
  );

  it('binds the exchange to the certificate of the channel', () => {
    const start = (): Play => new Play('', 'tls').bytes('S').tls().bytes(BOTH);
    const right = exchange(start(), scramServer(CANARY, Buffer.from('binding')));
    expect(right.bytes(OK, READY).end).toBe('ready');
    const other = exchange(start(), scramServer(CANARY, Buffer.from('another')));
    expect(other.bytes(OK, READY).end).toContain('did not prove');
  });

  it('answers md5 as the server computes it', () => {
    const play = new Play().bytes(encodeAuthentication(5, Buffer.from('salt')));
    const hash = (text: string): string => createHash('md5').update(text).digest('hex');
    expect(play.sent.toString('latin1', 5)).toBe(`md5${hash(`${hash(`${CANARY}u`)}salt`)}\0`);
  });

  it.each<['none' | 'ca' | 'full', boolean]>([
    ['none', false],
    ['ca', true],
    ['full', true],
  ])('over TLS verified as `%s` sends a clear password: %s', (verified, sends) => {
    const play = new Play('', 'tls').bytes('S').tls({ verified }).bytes(encodeAuthentication(3));
    expect(play.sent.includes(CANARY)).toBe(sends);
    expect(play.end.includes('clear text')).toBe(!sends);
  });

  it.each([
    ['channel_binding=require', encodeAuthentication(5, Buffer.from('salt'))],
    ['channel_binding=require', encodeAuthentication(3)],
    ['channel_binding=require', SCRAM],
    ['require_auth=md5', SCRAM],
    ['require_auth=scram-sha-256', encodeAuthentication(5, Buffer.from('salt'))],
    ['require_auth=scram-sha-256', encodeAuthentication(3)],
    ['require_auth=!md5,!password', encodeAuthentication(3)],
  ])('with `%s` answers a weaker method with nothing at all (%#)', (parameters, request) => {
    const play = new Play(parameters, 'tls').bytes('S').tls({ verified: 'full' });
    const before = play.sent;
    expect(play.bytes(request).end).toMatch(/`(?:channel_binding|require_auth)`/);
    expect(play.sent).toBe(before);
  });
});

describe('however the transport cuts the bytes', () => {
  /** The session of a plain conversation whose server bytes come in pieces of `size`. */
  function cutInto(size: number): Play {
    const play = new Play();
    const feed = (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length; at += size) play.bytes(bytes.subarray(at, at + size));
    };
    const server = scramServer();
    feed(SCRAM);
    const { mechanism, data } = initial(play.sent);
    const first = server.first(mechanism, data);
    feed(encodeAuthentication(11, Buffer.from(first.ok ? first.serverFirst : '')));
    const final = server.final(play.sent.toString('utf8', 5));
    const proof = encodeAuthentication(12, Buffer.from(final.ok ? final.serverFinal : ''));
    feed(Buffer.concat([proof, OK, READY]));
    return play;
  }

  it.each([1, 2, 3, 5, 7, 11, 64, 10_000])(
    'in pieces of %i it comes to the same session',
    (size) => {
      const kinds = cutInto(size).commands.map(({ kind }) => kind);
      expect(kinds).toEqual(['send', 'send', 'stretch', 'send', 'ready']);
    },
  );

  it('loses nothing that follows in the same piece', () => {
    const play = new Play().bytes(OK, READY, 'A\0\0\0\x05x');
    expect(play.commands.at(-1)).toMatchObject({
      kind: 'ready',
      rest: Buffer.from('A\0\0\0\x05x'),
    });
  });
});

describe('the version of a server', () => {
  it.each([
    ['18.4', 180_004],
    ['18.4 (Debian 18.4-1.pgdg12+1)', 180_004],
    ['15.20', 150_020],
    ['17beta2', 170_000],
    ['18devel', 180_000],
    ['9.6.24', 90_624],
    ['13.0.0', 130_000],
    ['nonsense', null],
    ['', null],
    [undefined, null],
  ])('%s is %s', (text, number) => {
    expect(toVersionNumber(text)).toBe(number);
  });
});
