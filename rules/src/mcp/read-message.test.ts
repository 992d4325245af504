import { describe, expect, test } from 'vitest';
import { readMessage } from './read-message.ts';

function read(text: string | Uint8Array): ReturnType<typeof readMessage> {
  return readMessage(typeof text === 'string' ? Buffer.from(text) : text);
}

const call = (rest: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${rest}}`;

describe('P-90: what implementations read in different ways is refused', () => {
  test.each<[string, string | Uint8Array, number, string | number | null]>([
    [
      'a raw carriage return between tokens',
      '{"jsonrpc":"2.0",\r"id":1,"method":"ping"}',
      -32700,
      null,
    ],
    [
      'two messages with a carriage return between',
      '{"jsonrpc":"2.0","id":1,"method":"ping"}\r{}',
      -32700,
      null,
    ],
    ['a raw control character in a string', call('{"name":"a\u0001"}'), -32700, null],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]),
      -32700,
      null,
    ],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), -32700, null],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), -32700, null],
    ['a byte order mark', `\ufeff${call('{"name":"a"}')}`, -32700, null],
    ['nothing', '', -32700, null],
    ['a batch', `[${call('{"name":"a"}')}]`, -32600, null],
    [
      'a method that stands twice',
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
      -32600,
      1,
    ],
    ['a name that stands twice', call('{"name":"a","name":"b"}'), -32600, 1],
    [
      'a key that stands twice deep inside',
      call('{"name":"a","arguments":{"x":{"y":1,"y":2}}}'),
      -32600,
      1,
    ],
    ['an id that stands twice', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', -32600, null],
    ['the same key escaped', call('{"name":"a","n\\u0061me":"b"}'), -32600, 1],
    ['keys that differ in case', call('{"x":1,"X":2}'), -32600, 1],
    ['a known key in other case', call('{"Name":"a"}'), -32600, 1],
    [
      'a known key with the long s',
      '{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}}',
      -32600,
      1,
    ],
    ['a known key with the Kelvin sign', call('{"name":"a","tas\u212a":{}}'), -32600, 1],
    ['a known key in wide letters', call('{"\uff4eame":"a"}'), -32600, 1],
    ['an envelope key in other case', '{"jsonrpc":"2.0","id":1,"Method":"ping"}', -32600, 1],
    [
      'an unsafe integer as id',
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}',
      -32600,
      null,
    ],
    ['an id with an exponent', '{"jsonrpc":"2.0","id":1e1,"method":"ping"}', -32600, null],
    ['an id with a fraction', '{"jsonrpc":"2.0","id":1.0,"method":"ping"}', -32600, null],
    ['an id that is minus zero', '{"jsonrpc":"2.0","id":-0,"method":"ping"}', -32600, null],
    ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, null],
    ['no jsonrpc', '{"id":1,"method":"ping"}', -32600, 1],
    ['another jsonrpc', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, 1],
    ['a method and a result', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', -32600, 1],
    [
      'a result and an error',
      '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}',
      -32600,
      1,
    ],
    ['neither', '{"jsonrpc":"2.0","id":1}', -32600, 1],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600, 1],
    ['a result that is a list', '{"jsonrpc":"2.0","id":1,"result":[]}', -32600, 1],
    ['_meta that is no object', call('{"name":"a","_meta":1}'), -32600, 1],
  ])('%s', (_name, text, code, id) => {
    const result = read(text);
    expect(result).toMatchObject({ ok: false, refusal: { code, id } });
  });
});

describe('and its harmless neighbours pass', () => {
  test.each([
    call('{"name":"a","arguments":{"Name":1,"x":{"y":1},"z":{"y":1}}}'),
    call('{"name":"a","arguments":{"n":9007199254740993,"s":"\\ud800","u":"\u2028"}}'),
    '{"jsonrpc":"2.0","id":"toString","method":"p\\u0069ng"}',
    '{"jsonrpc":"2.0","id":"__proto__","method":"ping"}',
    '{"jsonrpc":"2.0","id":-7,"method":"ping","params":{}}',
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    '{"result":{},"id":0,"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":{}}}',
  ])('%s', (text) => {
    expect(read(text).ok).toBe(true);
  });

  test('an escaped method is read as what it says', () => {
    expect(read('{"jsonrpc":"2.0","id":1,"method":"tools\\/c\\u0061ll"}')).toMatchObject({
      message: { method: 'tools/call' },
    });
  });
});

describe('the era of a request is its own', () => {
  test.each([
    ['{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}', 'modern'],
    ['{"_meta":{"progressToken":1}}', 'legacy'],
    ['{}', 'legacy'],
  ])('%s is %s', (params, era) => {
    expect(read(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${params}}`)).toMatchObject(
      {
        message: { era },
      },
    );
  });

  test('an opening is always of the old one', () => {
    const params = '{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}';
    expect(read(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":${params}}`)).toMatchObject(
      {
        message: { era: 'legacy' },
      },
    );
  });
});
