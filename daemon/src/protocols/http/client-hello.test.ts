import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { peekClientHello } from './client-hello.ts';
import type { Peeked } from './client-hello.ts';
import { makeHello, makeHelloMessage, makeServerName, toRecords } from './sample-hello.ts';
import type { HelloShape } from './sample-hello.ts';

/** What is known after each further byte, repeated states left out. */
function peekByByte(bytes: Buffer): readonly string[] {
  const states: string[] = [];
  for (let end = 0; end <= bytes.length; end += 1) {
    const { kind } = peekClientHello(bytes.subarray(0, end));
    if (states.at(-1) !== kind) states.push(kind);
  }
  return states;
}

function refusal(peeked: Peeked): string {
  return peeked.kind === 'refused' ? peeked.reason : peeked.kind;
}

describe('a ClientHello', () => {
  test.each<[string, HelloShape, object]>([
    [
      'with everything',
      {},
      { serverName: 'api.test', protocols: ['h2', 'http/1.1'], encrypted: false },
    ],
    ['without a name', { serverName: null }, { serverName: null }],
    ['without protocols', { protocols: [] }, { protocols: [] }],
    [
      'with an encrypted one inside',
      { extensions: [[0xfe0d, Buffer.alloc(40)]] },
      { encrypted: true },
    ],
    [
      'with an extension nobody knows',
      { extensions: [[0x1234, Buffer.alloc(3)]] },
      { encrypted: false },
    ],
  ])('%s is read', (_name, shape, expected) => {
    expect(peekClientHello(makeHello(shape))).toMatchObject({ kind: 'hello', hello: expected });
  });

  test.each([1, 2, 3, 5, 40, 16_384])(
    'is the same cut at every byte, in records of %i bytes',
    (recordBytes) => {
      const bytes = makeHello({ recordBytes });
      expect(peekByByte(bytes)).toEqual(['more', 'hello']);
      expect(peekClientHello(bytes)).toEqual(peekClientHello(makeHello()));
    },
  );

  test('is the one that Node sends, and what follows it is not looked at', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({
      host: '127.0.0.1',
      port,
      servername: 'api.test',
      ALPNProtocols: ['h2'],
    });
    client.on('error', () => undefined);
    const [socket] = (await once(server, 'connection')) as [NodeJS.ReadableStream];
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    client.destroy();
    server.close();
    expect(peekByByte(bytes)).toEqual(['more', 'hello']);
    expect(peekClientHello(bytes)).toMatchObject({
      hello: { serverName: 'api.test', protocols: ['h2'], encrypted: false },
    });
    const followed = Buffer.concat([bytes, Buffer.from('140303000101', 'hex')]);
    expect(peekClientHello(followed)).toEqual(peekClientHello(bytes));
  });
});

describe('what is not exactly one is refused (P-33)', () => {
  const message = makeHelloMessage();
  const longer = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUIntBE(copy.readUIntBE(1, 3) + 1, 1, 3);
    return Buffer.concat([copy, Buffer.from([0])]);
  };
  test.each<[string, Buffer, string]>([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), 'not TLS'],
    ['SSH', Buffer.from('SSH-2.0-x\r\n'), 'not TLS'],
    ['the startup of a PostgreSQL client', Buffer.from('0000000804d2162f', 'hex'), 'not TLS'],
    ['the greeting of a Redis client', Buffer.from('*1\r\n$4\r\nPING\r\n'), 'not TLS'],
    ['TLS application data', Buffer.from('1703030001aa', 'hex'), 'not TLS'],
    ['a TLS alert', Buffer.from('15030100020100', 'hex'), 'not TLS'],
    ['the hello of SSL 2', Buffer.from('802e0103010015', 'hex'), 'not TLS'],
    ['a record of another version', Buffer.from('160501', 'hex'), 'not TLS'],
    ['an empty record', Buffer.from('1603010000', 'hex'), 'impossible length'],
    ['a record beyond the limit', Buffer.from('1603014001', 'hex'), 'impossible length'],
    ['a ServerHello', Buffer.from('160301000402000000', 'hex'), 'does not begin'],
    ['a message beyond the limit', Buffer.from('160301000401004000', 'hex'), 'too large'],
    ['another message behind it', toRecords(Buffer.concat([message, message])), 'behind the first'],
    ['bytes behind its extensions', toRecords(longer(message)), 'behind the extensions'],
    [
      'the same extension twice',
      makeHello({ extensions: [[0, makeServerName('b.test')]] }),
      'twice',
    ],
    ['an empty name', makeHello({ serverName: '' }), 'server name'],
    [
      'a name of another kind',
      makeHello({ serverName: null, extensions: [[0, Buffer.from('000401000161', 'hex')]] }),
      'server name',
    ],
    ['an empty protocol', makeHello({ protocols: [''] }), 'no name'],
    [
      'an empty list of protocols',
      makeHello({ protocols: [], extensions: [[16, Buffer.from('0000', 'hex')]] }),
      'malformed',
    ],
  ])('%s', (_name, bytes, word) => {
    expect(refusal(peekClientHello(bytes))).toContain(word);
  });

  test('two host names in one list', () => {
    const one = Buffer.from('0000016100', 'hex').subarray(0, 4);
    const list = Buffer.concat([Buffer.from('0008', 'hex'), one, one]);
    expect(
      refusal(peekClientHello(makeHello({ serverName: null, extensions: [[0, list]] }))),
    ).toContain('server name');
  });
});

describe('any bytes', () => {
  const mutated = fc
    .tuple(fc.nat(300), fc.nat(255), fc.constantFrom(1, 7, 16_384))
    .map(([at, value, recordBytes]) => {
      const bytes = makeHello({ recordBytes });
      bytes[at % bytes.length] = value;
      return bytes;
    });

  test('never make it throw, and a refusal is never taken back by more bytes', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), (bytes) => {
        const states = peekByByte(Buffer.from(bytes));
        expect(['more', 'more hello', 'more refused']).toContain(states.join(' '));
      }),
      { numRuns: 300 },
    );
  });

  test('are never asked for without end', () => {
    const endless = toRecords(
      Buffer.concat([Buffer.from('01003ffc', 'hex'), Buffer.alloc(16_380)]),
      100,
    );
    expect(peekClientHello(endless).kind).not.toBe('more');
  });
});
