import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { say } from './sample-messages.ts';
import { decodeFrontend } from './messages.ts';

function decode(raw: Buffer): ReturnType<typeof decodeFrontend> {
  return decodeFrontend(raw[0]!, raw);
}

/** A message with this body. */
function message(type: string, body: Buffer): Buffer {
  const raw = Buffer.alloc(5 + body.length);
  raw.write(type, 'latin1');
  raw.writeUInt32BE(4 + body.length, 1);
  body.copy(raw, 5);
  return raw;
}

describe('decoding the client', () => {
  it.each([
    ['Query', say.query('SELECT é'), { kind: 'query', text: 'SELECT é' }],
    [
      'Query that begins with a byte order mark',
      say.query('\ufeffSELECT'),
      { kind: 'query', text: '\ufeffSELECT' },
    ],
    [
      'Parse',
      say.parse('s', 'SELECT $1'),
      { kind: 'parse', name: 's', text: 'SELECT $1', parameterTypes: [] },
    ],
    [
      "Parse with declared types, of which those that are not the server's own count",
      message('P', Buffer.from('s\0SELECT $1\0\0\x03\0\0\0\x17\0\0\x40\x00\0\0\x40\x00', 'latin1')),
      { kind: 'parse', name: 's', text: 'SELECT $1', parameterTypes: ['16384'] },
    ],
    [
      'Bind',
      say.bind('p', 's', 'v', null),
      {
        kind: 'bind',
        portal: 'p',
        statement: 's',
        parameters: [
          { binary: false, value: Buffer.from('v') },
          { binary: false, value: null },
        ],
      },
    ],
    ['Describe', say.describePortal('p'), { kind: 'describe', thing: 'portal', name: 'p' }],
    ['Close', say.closeStatement('s'), { kind: 'close', thing: 'statement', name: 's' }],
    ['Execute', say.execute('p', 5), { kind: 'execute', portal: 'p' }],
    ['Sync', say.sync, { kind: 'sync' }],
    ['Flush', say.flush, { kind: 'flush' }],
    ['Terminate', say.terminate, { kind: 'terminate' }],
    ['CopyDone', say.copyDone, { kind: 'copy done' }],
    ['CopyFail', say.copyFail, { kind: 'copy fail' }],
    ['FunctionCall', say.functionCall, { kind: 'function call' }],
  ])('%s', (_what, raw, expected) => {
    expect(decode(raw)).toEqual({ ok: true, message: expected });
  });

  it.each([
    ['family 64: a Query with a NUL inside', message('Q', Buffer.from('SELECT 1\0;DROP x\0'))],
    ['a Query without its NUL', message('Q', Buffer.from('SELECT 1'))],
    ['family 14: a Query that is not UTF-8', message('Q', Buffer.from([0x95, 0x5c, 0x27, 0]))],
    ['a Query with an overlong encoding', message('Q', Buffer.from([0xc0, 0xa7, 0]))],
    ['a Query with half a surrogate pair', message('Q', Buffer.from([0xed, 0xa0, 0x80, 0]))],
    ['a Parse without types', message('P', Buffer.from('s\0SELECT\0'))],
    [
      'a Parse with fewer types than it says',
      message('P', Buffer.from('s\0SELECT\0\0\u0002\0\0\0\0')),
    ],
    ['a Parse with bytes left over', message('P', Buffer.from('s\0SELECT\0\0\0x'))],
    ['a Parse whose name is not UTF-8', message('P', Buffer.from([0xff, 0, 0, 0, 0]))],
    [
      'a Bind with a value longer than itself',
      message('B', Buffer.from('\0\0\0\0\0\u0001\0\0\0\u0009x\0\0', 'latin1')),
    ],
    [
      'a Bind with a negative length that is not NULL',
      message('B', Buffer.from('\0\0\0\0\0\u0001\u00ff\u00ff\u00ff\u00fe\0\0', 'latin1')),
    ],
    [
      'a Bind with an unknown format',
      message('B', Buffer.from('\0\0\0\u0001\0\u0002\0\0\0\0', 'latin1')),
    ],
    [
      'a Bind with two formats for one value',
      message(
        'B',
        Buffer.from('\0\0\0\u0002\0\0\0\0\0\u0001\u00ff\u00ff\u00ff\u00ff\0\0', 'latin1'),
      ),
    ],
    ['a Bind with bytes left over', message('B', Buffer.from('\0\0\0\0\0\0\0\0x', 'latin1'))],
    ['a Describe of neither', message('D', Buffer.from('Xs\0'))],
    ['a Close with a NUL inside', message('C', Buffer.from('Ss\0t\0'))],
    ['an Execute without row limit', message('E', Buffer.from('p\0'))],
    ['an unknown type', message('z', Buffer.alloc(0))],
  ])('refuses %s', (_what, raw) => {
    expect(decode(raw)).toMatchObject({ ok: false });
  });

  it('never throws, whatever the body', () => {
    const types = fc.constantFrom(...Array.from('QPBDECHSXFdcfp'));
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 60 }), (type, body) => {
        decode(message(type, Buffer.from(body)));
      }),
      { numRuns: 2_000 },
    );
  });
});
