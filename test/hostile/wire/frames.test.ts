import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bind,
  COPY_DONE,
  copyData,
  cstring,
  describe as describeMessage,
  execute,
  FLUSH,
  int16,
  int32,
  message,
  parse,
  query,
  SYNC,
  TERMINATE,
} from './frames.ts';
import { HARM, startHostileStage, type HostileStage } from './hostile-stage.ts';

let stage: HostileStage;

beforeAll(async () => {
  stage = await startHostileStage();
});
afterAll(() => stage.stop());

/** Types that a client may send at all (protocol 55.7). */
const KNOWN = 'BCDEFHPQSXcdfp';

const UNKNOWN_TYPES = Array.from({ length: 256 }, (_, at) => at)
  .filter((at) => !KNOWN.includes(String.fromCharCode(at)))
  // Every tenth, and those that a server sends.
  .filter((at) => at % 10 === 0 || 'RKTZIAGHVvNn1'.includes(String.fromCharCode(at)));

/** Frames that are not what their type says. */
const MALFORMED: readonly (readonly [string, Buffer])[] = [
  ['a Query of length zero', message('Q', Buffer.alloc(0), 0)],
  ['a Query of length three', message('Q', Buffer.alloc(0), 3)],
  ['a Query of negative length', message('Q', Buffer.alloc(0), -5)],
  ['a Query of two gigabytes', message('Q', Buffer.alloc(0), 0x7fff_ffff)],
  ['a Query without its NUL', message('Q', Buffer.from('SELECT 1'))],
  [
    'a Query with bytes behind its NUL',
    message('Q', Buffer.concat([cstring('SELECT 1'), Buffer.from('x')])),
  ],
  ['an empty Query body', message('Q')],
  ['a Query that is not UTF-8', query(Buffer.of(0x53, 0xff, 0xfe))],
  ['a Parse without a text', message('P', cstring('s'))],
  [
    'a Parse that promises types',
    message('P', Buffer.concat([cstring(''), cstring('SELECT 1'), int16(9)])),
  ],
  [
    'a Parse with bytes behind',
    message('P', Buffer.concat([cstring(''), cstring('SELECT 1'), int16(0), int32(7)])),
  ],
  ['a Parse of one gigabyte', message('P', Buffer.alloc(0), 0x3fff_ffff)],
  [
    'a Bind that promises values',
    message('B', Buffer.concat([cstring(''), cstring(''), int16(0), int16(3)])),
  ],
  [
    'a Bind with a value of length -2',
    message(
      'B',
      Buffer.concat([cstring(''), cstring(''), int16(0), int16(1), int32(-2), int16(0)]),
    ),
  ],
  [
    'a Bind with a value longer than the message',
    message(
      'B',
      Buffer.concat([cstring(''), cstring(''), int16(0), int16(1), int32(1_000_000), int16(0)]),
    ),
  ],
  ['a Bind of two gigabytes', message('B', Buffer.alloc(0), 0x7fff_fff0)],
  ['a Describe of nothing', message('D')],
  ['a Describe of an unknown kind', message('D', Buffer.concat([Buffer.from('X'), cstring('')]))],
  ['a Close of an unknown kind', message('C', Buffer.concat([Buffer.from('?'), cstring('')]))],
  ['an Execute without its limit', message('E', cstring(''))],
  [
    'an Execute with a long name',
    message('E', Buffer.concat([cstring('n'.repeat(20_000)), int32(0)])),
  ],
  ['a Sync with a body', message('S', Buffer.from('x'))],
  ['a Flush with a body', message('H', Buffer.from('x'))],
  ['a FunctionCall cut short', message('F', int32(964))],
  ['a FunctionCall of one gigabyte', message('F', Buffer.alloc(0), 0x3fff_ffff)],
  ['a password after the login', message('p', cstring('x'))],
  ['a CopyFail without its NUL', message('f', Buffer.from('why'))],
];

/** Sends the frame with the harm behind it in one write, and takes whatever end there is. */
async function provoke(frame: Buffer): Promise<readonly string[]> {
  const client = await stage.login();
  client.send(frame, HARM, TERMINATE);
  client.halfClose();
  expect(await client.until(() => client.closed)).not.toBe('silent');
  client.destroy();
  return client.errors;
}

describe('malformed frames (P-17)', () => {
  it.each(MALFORMED)('%s runs nothing', async (_name, frame) => {
    const errors = await provoke(frame);
    expect(errors.length).toBeGreaterThan(0);
    expect(await stage.users()).toBe(10);
  });

  it.each(UNKNOWN_TYPES)('a message of the unknown type %i ends the connection', async (type) => {
    const errors = await provoke(message(String.fromCharCode(type), Buffer.from('abc\0')));
    expect(errors).toEqual(['08P01']);
    expect(await stage.users()).toBe(10);
  });

  it('leave the guard serving', () => stage.expectUnharmed());
});

describe('a connection that ends in the middle of a message', () => {
  it('at any byte of a Query runs nothing', async () => {
    for (let cut = 1; cut < HARM.length; cut += 2) {
      const client = await stage.login();
      client.send(HARM.subarray(0, cut));
      if (cut % 4 === 1) client.halfClose();
      else client.destroy();
      await client.until(() => client.closed, 5000);
    }
    await stage.expectUnharmed();
  });

  it('in the middle of a pipeline runs nothing behind a denial', async () => {
    const pipeline = Buffer.concat([
      parse('', 'SELECT 1'),
      bind('', ''),
      execute(''),
      parse('', 'DELETE FROM users'),
      bind('', ''),
      execute(''),
      SYNC,
    ]);
    for (let cut = 5; cut < pipeline.length; cut += 9) {
      const client = await stage.login();
      client.send(pipeline.subarray(0, cut));
      client.halfClose();
      await client.until(() => client.closed, 5000);
    }
    await stage.expectUnharmed();
  });
});

describe('messages in an order that nobody sends', () => {
  it.each([
    ['Execute of a portal that is not there', [execute('nowhere'), SYNC], '34000'],
    ['Bind of a statement that is not there', [bind('', 'nowhere'), SYNC], '26000'],
    ['Describe of a portal that is not there', [describeMessage('P', 'nowhere'), SYNC], '34000'],
    [
      'a Parse under a name that is taken',
      [parse('s', 'SELECT 1'), parse('s', 'SELECT 2'), SYNC],
      '42P05',
    ],
    ['two statements in one Parse', [parse('', 'SELECT 1; SELECT 2'), SYNC], '42601'],
    [
      'a denied Parse and then its Bind',
      [parse('x', 'DROP TABLE users'), bind('', 'x'), execute(''), SYNC],
      '42501',
    ],
  ] as const)('%s gives one error and a live connection', async (_name, frames, code) => {
    const client = await stage.login();
    const answer = await client.ask(...frames);
    expect(client.errors).toEqual([code]);
    expect(answer.at(-1)?.type).toBe('Z');
    await client.ask(query('SELECT 1'));
    expect(client.rows).toEqual(['1']);
    client.destroy();
  });

  it('data, flushes and syncs that mean nothing change nothing', async () => {
    const client = await stage.login();
    client.send(FLUSH, copyData('x'), COPY_DONE, SYNC, FLUSH, SYNC, HARM, SYNC);
    await client.until(() => client.errors.length > 0 && client.count('Z') >= 3);
    expect(client.errors).toEqual(['42501']);
    client.destroy();
    await stage.expectUnharmed();
  });
});
