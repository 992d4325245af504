/** A server that wants the password, or wants to be believed without it. */

import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  encodeAuthentication,
  encodeBackendKeyData,
  encodeError,
  encodeNegotiate,
  encodeParameterStatus,
  encodeReadyForQuery,
  encodeSaslMechanisms,
} from './encode.ts';
import {
  CANARY,
  SALT,
  Play,
  OK,
  READY,
  SCRAM,
  BOTH,
  scramServer,
  initial,
  exchange,
} from './upstream-playbook.ts';

const FEW = 'r=NONCEx,s=QSXCR+Q6sek8bf92,i=1';

describe('a hostile server (P-16)', () => {
  /** What it sends after the startup message, and what is said about it. */
  const attacks: readonly (readonly [string, string, (play: Play) => Play, string])[] = [
    [
      'lets in before its SCRAM proof',
      '',
      (p) => p.bytes(SCRAM, OK, READY),
      'before it has proved',
    ],
    [
      'lets in instead of its SCRAM proof',
      '',
      (p) => {
        const server = scramServer();
        const { mechanism, data } = initial(p.bytes(SCRAM).sent);
        const first = server.first(mechanism, data);
        p.bytes(encodeAuthentication(11, Buffer.from(first.ok ? first.serverFirst : '')));
        return p.bytes(OK, READY);
      },
      'before it has proved',
    ],
    [
      'signs with another key',
      '',
      (p) =>
        exchange(p.bytes(SCRAM), scramServer(), () => `v=${randomBytes(32).toString('base64')}`),
      'did not prove',
    ],
    [
      'reports an error instead of its signature',
      '',
      (p) => exchange(p.bytes(SCRAM), scramServer(), () => 'e=other-error'),
      'did not prove',
    ],
    [
      'does not know the password',
      '',
      (p) => exchange(p.bytes(SCRAM), scramServer('other')),
      'did not prove',
    ],
    [
      'sends a nonce of its own',
      '',
      (p) => p.bytes(SCRAM, encodeAuthentication(11, Buffer.from(FEW))),
      'nonce',
    ],
    [
      'asks for absurdly many iterations',
      '',
      (p) => {
        const nonce = /r=(.*)$/.exec(initial(p.bytes(SCRAM).sent).data)?.[1] ?? '';
        return p.bytes(
          encodeAuthentication(11, Buffer.from(`r=${nonce}x,s=QSXCR+Q6sek8bf92,i=2147483647`)),
        );
      },
      'out of bounds',
    ],
    [
      'asks for so few that a proof can be guessed',
      '',
      (p) => {
        const nonce = /r=(.*)$/.exec(initial(p.bytes(SCRAM).sent).data)?.[1] ?? '';
        return p.bytes(encodeAuthentication(11, Buffer.from(`r=${nonce}x,s=QSXCR+Q6sek8bf92,i=1`)));
      },
      'out of bounds',
    ],
    ['goes down to clear text', '', (p) => p.bytes(encodeAuthentication(3)), 'clear text'],
    [
      'goes down to clear text in the middle of SCRAM',
      '',
      (p) => p.bytes(SCRAM, encodeAuthentication(3)),
      'out of turn',
    ],
    [
      'goes down to md5 in the middle of SCRAM',
      '',
      (p) => p.bytes(SCRAM, encodeAuthentication(5, SALT.subarray(0, 4))),
      'out of turn',
    ],
    [
      'goes down to md5 where it is not allowed',
      'require_auth=scram-sha-256',
      (p) => p.bytes(encodeAuthentication(5, SALT.subarray(0, 4))),
      '`require_auth`',
    ],
    [
      'asks for nothing where proof is required',
      'require_auth=scram-sha-256',
      (p) => p.bytes(OK, READY),
      '`require_auth`',
    ],
    [
      'asks twice',
      '',
      (p) =>
        p.bytes(
          encodeAuthentication(5, SALT.subarray(0, 4)),
          encodeAuthentication(5, SALT.subarray(0, 4)),
        ),
      'out of turn',
    ],
    ['starts SCRAM twice', '', (p) => p.bytes(SCRAM, SCRAM), 'out of turn'],
    ['offers binding without TLS', '', (p) => p.bytes(BOTH), 'without TLS'],
    ['offers no mechanism', '', (p) => p.bytes(encodeSaslMechanisms([])), 'no SASL mechanism'],
    [
      'offers only the unknown',
      '',
      (p) => p.bytes(encodeSaslMechanisms(['PLAIN', 'OAUTHBEARER'])),
      'no SASL mechanism',
    ],
    [
      'does not end its list',
      '',
      (p) => p.bytes(encodeAuthentication(10, Buffer.from('SCRAM-SHA-256'))),
      'list',
    ],
    ['asks for Kerberos', '', (p) => p.bytes(encodeAuthentication(7)), 'GSSAPI'],
    ['asks for SSPI', '', (p) => p.bytes(encodeAuthentication(9)), 'SSPI'],
    ['asks for the unheard of', '', (p) => p.bytes(encodeAuthentication(99)), 'unknown'],
    ['cuts a request short', '', (p) => p.bytes('R\0\0\0\x06\0\0'), 'cut short'],
    ['claims an endless frame', '', (p) => p.bytes('R\x7f\xff\xff\xff'), 'impossible length'],
    ['claims a negative frame', '', (p) => p.bytes('R\xff\xff\xff\xff'), 'impossible length'],
    ['claims a frame below its own length', '', (p) => p.bytes('R\0\0\0\x03'), 'impossible length'],
    ['sends rows before letting in', '', (p) => p.bytes('D\0\0\0\x06\0\0'), 'does not belong'],
    ['is ready before letting in', '', (p) => p.bytes(READY), 'does not belong'],
    [
      'asks again after letting in',
      '',
      (p) => p.bytes(OK, encodeAuthentication(3)),
      'does not belong',
    ],
    ['speaks HTTP', '', (p) => p.bytes('HTTP/1.1 400 Bad Request\r\n'), 'does not belong'],
    [
      'negotiates without end',
      'max_protocol_version=3.2',
      (p) => p.bytes(...Array<Buffer>(9).fill(encodeNegotiate(0x3_0000, []))),
      'negotiation',
    ],
    [
      'notices without end',
      '',
      (p) => {
        const notice = Buffer.concat([Buffer.from('N\0\0\x75\x30'), Buffer.alloc(29_996)]);
        return p.bytes(...Array<Buffer>(9).fill(notice));
      },
      'says too much',
    ],
    [
      'drips notices without end',
      '',
      (p) => {
        for (let count = 0; count < 60_000; count += 1) p.bytes('N\0\0\0\x05\0');
        return p;
      },
      'says too much',
    ],
    [
      'gives a long cancel key under 3.0',
      '',
      (p) => p.bytes(OK, encodeBackendKeyData(1, randomBytes(32))),
      'cancel key',
    ],
    ['gives a short cancel key', '', (p) => p.bytes(OK, 'K\0\0\0\x0a\0\0\0\x01ab'), 'cancel key'],
    [
      'gives a malformed parameter',
      '',
      (p) => p.bytes(OK, 'S\0\0\0\x08abc\0'),
      'malformed parameter',
    ],
    [
      'is ready in another encoding',
      '',
      (p) =>
        p.bytes(
          OK,
          READY.subarray(0, -6),
          encodeParameterStatus('client_encoding', 'SJIS'),
          READY.subarray(-6),
        ),
      'client_encoding',
    ],
    [
      'is ready with other strings',
      '',
      (p) =>
        p.bytes(
          OK,
          READY.subarray(0, -6),
          encodeParameterStatus('standard_conforming_strings', 'off'),
          READY.subarray(-6),
        ),
      'standard_conforming_strings',
    ],
    [
      'is ready without a word',
      '',
      (p) => p.bytes(OK, encodeReadyForQuery('idle')),
      'does not confirm',
    ],
    ['closes', '', (p) => p.event({ kind: 'closed' }), 'closed the connection'],
    [
      'closes after letting in',
      '',
      (p) => p.bytes(OK).event({ kind: 'closed' }),
      'closed the connection',
    ],
  ];

  it.each(attacks)('that %s is refused', (_name, parameters, attack, words) => {
    const play = attack(new Play(parameters));
    expect(play.end).toMatch(/^UPSTREAM_/);
    expect(play.end).toContain(words);
    expect(play.commands.filter(({ kind }) => kind === 'fail' || kind === 'ready')).toHaveLength(1);
    expect(inspect(play.commands, { depth: 9 })).not.toContain(CANARY);
    // What comes afterwards changes nothing.
    const before = play.commands.length;
    play.bytes(OK, READY).tls().event({ kind: 'closed' });
    expect(play.commands).toHaveLength(before);
  });

  it.each([
    ['28P01', 'UPSTREAM_AUTHENTICATION'],
    ['28000', 'UPSTREAM_AUTHENTICATION'],
    ['3D000', 'UPSTREAM_UNREACHABLE'],
    ['53300', 'UPSTREAM_UNREACHABLE'],
    ['XX000', 'UPSTREAM_UNREACHABLE'],
    [`${CANARY}!`, 'UPSTREAM_UNREACHABLE'],
  ])('that puts a secret into its error %s is not quoted', (code, ours) => {
    const play = new Play().bytes(
      encodeError({ severity: 'FATAL', code, message: CANARY, detail: CANARY, hint: CANARY }),
    );
    expect(play.end.startsWith(ours)).toBe(true);
    expect(inspect(play.commands, { depth: 9, showHidden: true })).not.toContain(CANARY);
    const sqlState = play.commands.flatMap((command) =>
      command.kind === 'fail' ? [command.error.sqlState] : [],
    );
    expect(sqlState).toEqual([code.length === 5 ? code : undefined]);
  });

  it('never crashes us, and never gets a session by noise', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        const play = new Play('require_auth=scram-sha-256');
        for (const chunk of chunks) play.bytes(Buffer.from(chunk));
        expect(play.end).not.toBe('ready');
      }),
    );
  });

  it('never gets a session by well-formed messages without the password', () => {
    const piece = fc.constantFrom(
      SCRAM,
      BOTH,
      OK,
      READY,
      encodeAuthentication(3),
      encodeAuthentication(5, Buffer.from('salt')),
      encodeAuthentication(11, Buffer.from(FEW)),
      encodeAuthentication(12, Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`)),
      encodeNegotiate(0x3_0000, []),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (messages) => {
        const play = new Play('require_auth=scram-sha-256');
        for (const message of messages) play.bytes(message);
        expect(play.end).not.toBe('ready');
        expect(play.sent.includes(CANARY)).toBe(false);
      }),
    );
  });
});
