import { describe, expect, test } from 'vitest';
import { parseHost } from '@agentguard/rules';
import { TunnelConversation } from './conversation.ts';
import type { TunnelCommand } from './conversation.ts';
import { makeHello } from './sample-hello.ts';
import type { HelloShape } from './sample-hello.ts';

/** A conversation whose host has answered. */
function dialed(host = 'api.test'): TunnelConversation {
  const parsed = parseHost(host);
  if (!parsed.ok) throw new Error(parsed.problem);
  const conversation = new TunnelConversation(parsed.host);
  expect(conversation.start()).toEqual([{ kind: 'dial' }]);
  expect(conversation.dialed()).toEqual([{ kind: 'accept' }]);
  return conversation;
}

function kinds(commands: readonly TunnelCommand[]): readonly string[] {
  return commands.map((command) => command.kind);
}

function judge(host: string, shape: HelloShape): string {
  const [first] = dialed(host).clientBytes(makeHello(shape));
  if (first?.kind === 'refuse') return first.reason;
  return first?.kind ?? 'nothing';
}

describe('a tunnel (P-33)', () => {
  test('opens with a ClientHello for its host, which is the first thing that goes upstream', () => {
    const conversation = dialed();
    const hello = makeHello();
    expect(conversation.clientBytes(hello)).toEqual([
      { kind: 'forward', bytes: hello },
      { kind: 'splice' },
    ]);
    expect(conversation.open).toBe(true);
  });

  test('is the same however the hello is cut, and nothing goes upstream before it is whole', () => {
    const hello = makeHello();
    for (let cut = 1; cut < hello.length; cut += 1) {
      const conversation = dialed();
      expect(conversation.clientBytes(hello.subarray(0, cut))).toEqual([]);
      expect(kinds(conversation.clientBytes(hello.subarray(cut)))).toEqual(['forward', 'splice']);
    }
    const byByte = dialed();
    const commands = [...hello].flatMap((byte) => byByte.clientBytes(Buffer.from([byte])));
    expect(commands[0]).toEqual({ kind: 'forward', bytes: hello });
  });

  test.each<[string, string, HelloShape]>([
    ['its own name', 'api.test', { serverName: 'api.test' }],
    ['its own name in capitals', 'api.test', { serverName: 'API.Test' }],
    ['no name, to an address', '192.0.2.7', { serverName: null }],
    ['no protocols', 'api.test', { protocols: [] }],
    [
      'protocols of HTTP, one of them made up',
      'api.test',
      { protocols: ['\x2a\x2a', 'h2', 'http/1.0'] },
    ],
  ])('with %s opens', (_name, host, shape) => {
    expect(judge(host, shape)).toBe('forward');
  });

  test.each<[string, string, HelloShape, string]>([
    ['another name', 'api.test', { serverName: 'evil.test' }, '`evil.test`'],
    ['a name below it', 'api.test', { serverName: 'x.api.test' }, '`x.api.test`'],
    ['a name above it', 'api.test', { serverName: 'test' }, '`test`'],
    ['no name', 'api.test', { serverName: null }, 'SNI'],
    ['an address for a name', 'api.test', { serverName: '192.0.2.7' }, 'TLS is for'],
    ['a name with NUL in it', 'api.test', { serverName: 'api.test\0.evil.test' }, 'no host name'],
    ['a name, to an address', '192.0.2.7', { serverName: 'api.test' }, 'names a server'],
    ['an encrypted hello', 'api.test', { extensions: [[0xfe0d, Buffer.alloc(9)]] }, 'ECH'],
    ["PostgreSQL's protocol", 'api.test', { protocols: ['postgresql'] }, '`postgresql`'],
    [
      "PostgreSQL's protocol beside HTTP",
      'api.test',
      { protocols: ['h2', 'postgresql'] },
      '`postgresql`',
    ],
    ['a protocol that cannot be shown', 'api.test', { protocols: ['\x1b[2J'] }, 'is not HTTP'],
  ])('with %s is refused and says why', (_name, host, shape, word) => {
    expect(judge(host, shape)).toContain(word);
  });

  test.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9\r\n'],
    ['PostgreSQL', '\0\0\0\x08\x04\xd2\x16\x2f'],
  ])('with the first bytes of %s is refused at once, and stays closed', (_name, text) => {
    const conversation = dialed();
    const bytes = Buffer.from(text, 'latin1');
    expect(kinds(conversation.clientBytes(bytes))).toEqual(['refuse', 'close']);
    expect(conversation.clientBytes(makeHello())).toEqual([]);
    expect(conversation.open).toBe(false);
  });
});

describe('a tunnel ends', () => {
  const notDialed = (): TunnelConversation =>
    new TunnelConversation({ kind: 'name', text: 'api.test' });

  test('with an answer when its host cannot be reached', () => {
    const conversation = notDialed();
    conversation.start();
    expect(conversation.dialFailed('timeout')).toEqual([
      { kind: 'fail', problem: 'timeout' },
      { kind: 'close', end: 'timeout' },
    ]);
    expect(conversation.dialed()).toEqual([]);
  });

  test.each<[string, (conversation: TunnelConversation) => readonly TunnelCommand[], string]>([
    ['the client leaves', (one) => one.clientEnded(), 'client left'],
    ['the host ends', (one) => one.upstreamEnded(), 'upstream lost'],
    ['no hello comes', (one) => one.helloTimedOut(), 'hello timeout'],
    ['its session ends', (one) => one.stop('session ended'), 'session ended'],
  ])('when %s before it is open', (_name, happens, end) => {
    const conversation = dialed();
    expect(happens(conversation)).toEqual([{ kind: 'close', end }]);
    expect(conversation.clientBytes(makeHello())).toEqual([]);
    expect(conversation.stop('idle')).toEqual([]);
  });

  test('by its two sides once it is open, and by its session at any time (P-20)', () => {
    const conversation = dialed();
    conversation.clientBytes(makeHello());
    expect(conversation.clientEnded()).toEqual([]);
    expect(conversation.upstreamEnded()).toEqual([]);
    expect(conversation.helloTimedOut()).toEqual([]);
    expect(conversation.stop('session ended')).toEqual([{ kind: 'close', end: 'session ended' }]);
  });
});
