import { pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeServerError } from './backend-messages.ts';
import { ClientFramer } from './frames.ts';
import { Handshake } from './handshake.ts';
import type { HandshakeCommand, HandshakeOptions } from './handshake.ts';
import { ScramClient } from './scram-client.ts';
import { makeTokenVerifier, ScramServer } from './scram.ts';

const SALT = Buffer.from('0123456789abcdef');
const ITERATIONS = 4096;
const VERIFIERS = new Map(
  ['right', 'other'].map((token) => [token, makeTokenVerifier(token, SALT, ITERATIONS)]),
);

const OPTIONS: HandshakeOptions<string> = {
  tls: false,
  searchPathAllowed: () => true,
  makeExchange: () =>
    new ScramServer<string>({ salt: SALT, iterations: ITERATIONS, live: () => VERIFIERS }),
};

function packet(code: number, body = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(code, 4);
  body.copy(bytes, 8);
  return bytes;
}

const SSL_REQUEST = packet(80_877_103);
const GSSENC_REQUEST = packet(80_877_104);
const V3_0 = 0x3_0000;

function startup(parameters: Readonly<Record<string, string>> = {}, version = V3_0): Buffer {
  const words = Object.entries({ user: 'agent', database: 'main', ...parameters }).flat();
  return packet(version, Buffer.from(`${words.join('\0')}\0\0`));
}

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

/** A client that talks to the machine, and what it was told. */
class Conversation {
  readonly lines: string[] = [];
  readonly commands: HandshakeCommand<string>[] = [];
  readonly #framer = new ClientFramer();
  readonly #handshake: Handshake<string>;
  #last = Buffer.alloc(0);

  constructor(options: Partial<HandshakeOptions<string>> = {}) {
    this.#handshake = new Handshake<string>({ ...OPTIONS, ...options });
  }

  /** Body of the last message that was sent to the client. */
  get lastBody(): Buffer {
    return this.#last.subarray(9);
  }

  send(bytes: Buffer): this {
    this.#framer.push(bytes);
    for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
      const commands = this.#handshake.frame(frame, this.#framer.pending);
      for (const command of commands) this.#note(command);
      if (frame.kind === 'tls hello' || commands.some(({ kind }) => kind === 'start tls')) break;
    }
    return this;
  }

  tlsEstablished(): this {
    this.#framer.takeRest();
    this.#handshake.tlsEstablished();
    return this;
  }

  /** The whole of SCRAM with this token. */
  authenticate(token: string): this {
    const client = new ScramClient({ kind: 'none' }, { minIterations: 1 });
    const first = Buffer.from(client.first());
    const size = Buffer.alloc(4);
    size.writeUInt32BE(first.length);
    this.send(message('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), size, first])));
    const asked = client.serverFirst(this.lastBody.toString());
    if (!asked.ok) throw new Error(asked.problem);
    const salted = pbkdf2Sync(token, asked.salt, asked.iterations, 32, 'sha256');
    return this.send(message('p', Buffer.from(client.clientFinal(salted))));
  }

  #note(command: HandshakeCommand<string>): void {
    this.commands.push(command);
    if (command.kind === 'expect messages') this.#framer.expectMessages();
    if (command.kind === 'send') this.#last = Buffer.from(command.bytes);
    this.lines.push(describeCommand(command));
  }
}

function describeCommand(command: HandshakeCommand<string>): string {
  switch (command.kind) {
    case 'send':
      return describeBytes(command.bytes);
    case 'start tls':
      return command.direct ? 'start tls at once' : 'start tls';
    case 'cancel':
      return `cancel ${command.processId} ${command.secret.toString('hex')}`;
    case 'authenticated':
      return `authenticated ${command.login.token} for ${command.login.database} ${command.login.protocol}`;
    case 'expect messages':
    case 'close':
      return command.kind;
  }
}

function describeBytes(bytes: Buffer): string {
  const type = bytes.toString('latin1', 0, 1);
  if (bytes.length === 1) return type;
  if (type === 'E') return `error ${decodeServerError(bytes.subarray(5)).code ?? '?'}`;
  if (type === 'R') return `authentication ${bytes.readUInt32BE(5)}`;
  if (type === 'v')
    return `negotiate ${bytes.readUInt32BE(5).toString(16)} ${bytes.toString('latin1', 13)}`;
  return type;
}

const ASKED = ['expect messages', 'authentication 10'];

describe('the way in', () => {
  it('a client with the right token is let in, whatever user it names', () => {
    const talk = new Conversation().send(startup({ user: 'anybody' })).authenticate('right');
    expect(talk.lines).toEqual([
      ...ASKED,
      'authentication 11',
      'authentication 12',
      'authenticated right for main 3.0',
    ]);
  });

  it('the token tells the session apart, not the user', () => {
    const talk = new Conversation().send(startup()).authenticate('other');
    expect(talk.lines.at(-1)).toBe('authenticated other for main 3.0');
  });

  it('a wrong token gets 28P01', () => {
    const talk = new Conversation().send(startup()).authenticate('wrong');
    expect(talk.lines.slice(-2)).toEqual(['error 28P01', 'close']);
  });

  it('startup parameters reach the login rebuilt', () => {
    const talk = new Conversation()
      .send(startup({ application_name: 'x', client_encoding: 'UTF8' }))
      .authenticate('right');
    const last = talk.commands.at(-1);
    expect(last?.kind === 'authenticated' && [...last.login.settings]).toEqual([
      ['application_name', 'x'],
    ]);
  });
});

describe('family 61: encryption', () => {
  it('TLS and GSSAPI encryption are declined and the client goes on in the clear', () => {
    const talk = new Conversation().send(SSL_REQUEST).send(GSSENC_REQUEST).send(startup());
    expect(talk.lines).toEqual(['N', 'N', ...ASKED]);
  });

  it('TLS is accepted where the listener has a certificate, and GSSAPI never', () => {
    const talk = new Conversation({ tls: true }).send(GSSENC_REQUEST).send(SSL_REQUEST);
    expect(talk.lines).toEqual(['N', 'S', 'start tls']);
    talk.tlsEstablished().send(startup()).authenticate('right');
    expect(talk.lines.at(-1)).toBe('authenticated right for main 3.0');
  });

  it('bytes that were sent before TLS was agreed end the connection', () => {
    const talk = new Conversation({ tls: true }).send(Buffer.concat([SSL_REQUEST, startup()]));
    expect(talk.lines).toEqual(['error 08P01', 'close']);
  });

  it('TLS without asking is taken up where there is a certificate, and closed without a word where there is none', () => {
    const hello = Buffer.from([0x16, 3, 1]);
    expect(new Conversation({ tls: true }).send(hello).lines).toEqual(['start tls at once']);
    expect(new Conversation().send(hello).lines).toEqual(['close']);
  });

  it('asking for encryption inside encryption, or again and again, ends the connection', () => {
    const inside = new Conversation({ tls: true }).send(SSL_REQUEST).tlsEstablished();
    expect(inside.send(SSL_REQUEST).lines.slice(-2)).toEqual(['error 08P01', 'close']);
    const again = new Conversation().send(SSL_REQUEST).send(SSL_REQUEST).send(SSL_REQUEST);
    expect(again.lines).toEqual(['N', 'N', 'error 08P01', 'close']);
  });
});

describe('P-14, families 56 and 57: what a startup packet may not ask for', () => {
  it.each([
    ['replication', { replication: 'database' }, '42501'],
    ['strings under other rules', { options: '-c standard_conforming_strings=off' }, '42501'],
    ['another encoding', { client_encoding: 'SJIS' }, '22023'],
    ['another role', { role: 'postgres' }, '42501'],
  ])('%s', (_what, parameters, code) => {
    expect(new Conversation().send(startup(parameters)).lines).toEqual([`error ${code}`, 'close']);
  });

  it('a startup packet that is malformed, or of another protocol', () => {
    const unterminated = packet(V3_0, Buffer.from('user\0x'));
    const trailing = packet(V3_0, Buffer.from('user\0x\0\0more'));
    for (const bytes of [unterminated, trailing, packet(0x2_0000), packet(0x4_0000)]) {
      expect(new Conversation().send(bytes).lines).toEqual(['error 08P01', 'close']);
    }
  });
});

describe('protocol versions', () => {
  it.each([
    ['3.0 is spoken without a word', V3_0, {}, ASKED, '3.0'],
    ['3.2 is spoken without a word', 0x3_0002, {}, ASKED, '3.2'],
    ['3.1 was never used and becomes 3.0', 0x3_0001, {}, ['negotiate 30000 ', ...ASKED], '3.0'],
    ['a newer one becomes 3.2', 0x3_270f, {}, ['negotiate 30002 ', ...ASKED], '3.2'],
    [
      'options that are not known are told back',
      V3_0,
      { '_pq_.magic': 'on' },
      ['negotiate 30000 _pq_.magic\0', ...ASKED],
      '3.0',
    ],
  ])('%s', (_what, version, parameters, lines, spoken) => {
    const talk = new Conversation().send(startup(parameters, version));
    expect(talk.lines).toEqual(lines);
    expect(talk.authenticate('right').lines.at(-1)).toBe(`authenticated right for main ${spoken}`);
  });
});

describe('family 62: cancel requests', () => {
  it.each([
    ['of 4 bytes', 4],
    ['of 32 bytes, as protocol 3.2 has it', 32],
    ['of the longest length', 256],
  ])('with a key %s is handed on and the connection closed', (_what, size) => {
    const key = Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.alloc(size, 0xab)]);
    expect(new Conversation().send(packet(80_877_102, key)).lines).toEqual([
      `cancel 7 ${'ab'.repeat(size)}`,
      'close',
    ]);
  });

  it.each([
    ['without a key', 4],
    ['with a key that is too short', 7],
    ['with a key that is too long', 4 + 257],
  ])('%s is a violation', (_what, size) => {
    const talk = new Conversation().send(packet(80_877_102, Buffer.alloc(size)));
    expect(talk.lines).toEqual(['error 08P01', 'close']);
  });
});

describe('bad authentication', () => {
  it.each([
    ['a Query instead of an answer', message('Q', Buffer.from('SELECT 1\0'))],
    ['an unknown mechanism', message('p', Buffer.from('PLAIN\0\0\0\0\u0003n,,'))],
    ['a length that lies', message('p', Buffer.from('SCRAM-SHA-256\0\0\0\0\u0009n,,'))],
    ['nothing', message('p', Buffer.alloc(0))],
  ])('%s ends the connection', (_what, bytes) => {
    const talk = new Conversation().send(startup()).send(bytes);
    expect(talk.lines).toEqual([...ASKED, 'error 08P01', 'close']);
  });

  it('nobody gets in with arbitrary bytes, and nothing throws', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => message('p', Buffer.from(bytes))),
      fc.constantFrom(SSL_REQUEST, GSSENC_REQUEST, startup(), startup({ options: '-c x' })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const talk = new Conversation();
        for (const bytes of pieces) talk.send(bytes);
        expect(talk.commands.some(({ kind }) => kind === 'authenticated')).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
