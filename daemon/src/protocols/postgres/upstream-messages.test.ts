import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeError } from './encode.ts';
import { decodeStartup } from './startup.ts';
import {
  cancelRequest,
  readSqlState,
  readStrings,
  sslRequest,
  startupMessage,
} from './upstream-messages.ts';

describe('packets to a real server', () => {
  it('are read back as what they were written for', () => {
    expect(decodeStartup(sslRequest())).toMatchObject({ message: { kind: 'ssl request' } });
    const key = { pid: -2, secret: Buffer.from('0123456789') };
    expect(decodeStartup(cancelRequest(key))).toMatchObject({
      message: { kind: 'cancel request', processId: 0xffff_fffe, secret: key.secret },
    });
    expect(decodeStartup(startupMessage('3.2', [['user', 'ü']]))).toMatchObject({
      message: { kind: 'startup', version: 0x3_0002, parameters: new Map([['user', 'ü']]) },
    });
  });
});

describe('the SQLSTATE of an error', () => {
  it.each([
    [encodeError({ severity: 'FATAL', code: '28P01', message: 'm' }).subarray(5), '28P01'],
    [Buffer.from('Mtext\0C28P01\0\0'), '28P01'],
    [Buffer.from('C28P0\0\0'), null],
    [Buffer.from('C28p01\0\0'), null],
    [Buffer.from('Csecret\0\0'), null],
    [Buffer.from('C28P01'), null],
    [Buffer.from('MC28P01\0\0'), null],
    [Buffer.from('\0C28P01\0'), null],
    [Buffer.alloc(0), null],
  ])('of %j is %s', (body, code) => {
    expect(readSqlState(body)).toBe(code);
  });

  it('is five letters or digits or nothing, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readSqlState(Buffer.from(bytes)) ?? '00000').toMatch(/^[0-9A-Z]{5}$/);
      }),
    );
  });
});

it.each([
  ['', []],
  ['a\0', ['a']],
  ['a\0b\0\0', ['a', 'b', '']],
  ['a', null],
])('the strings of %j are %j', (text, strings) => {
  expect(readStrings(Buffer.from(text))).toEqual(strings);
});
