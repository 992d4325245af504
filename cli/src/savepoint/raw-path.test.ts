import { describe, expect, test } from 'vitest';
import { isWithin, parentOf, toPathBytes, toPathText, toRawPath } from './raw-path.ts';

describe('a name of any bytes', () => {
  test.each([
    ['plain', Buffer.from('a/b'), 'a/b'],
    ['UTF-8', Buffer.from('grün/日本'), 'grün/日本'],
    ['no UTF-8', Buffer.from([0x61, 0xff, 0x62]), 'a\\xffb'],
    ['half a character', Buffer.from([0xe6, 0x97]), '\\xe6\\x97'],
    ['with a line end', Buffer.from('a\nb'), 'a\nb'],
  ])('%s survives, and is told as text', (_name, bytes, text) => {
    const path = toRawPath(bytes);
    expect(toPathBytes(path)).toEqual(bytes);
    expect(toPathText(path)).toBe(text);
  });
});

test.each([
  ['a/b', 'a', true],
  ['a', 'a', true],
  ['ab', 'a', false],
  ['a', 'a/b', false],
  ['anything', '', true],
])('%s within %s: %s', (path, folder, expected) => {
  expect(isWithin(path, folder)).toBe(expected);
});

test('the folder of a path', () => {
  expect([parentOf('a/b/c'), parentOf('a')]).toEqual(['a/b', '']);
});
