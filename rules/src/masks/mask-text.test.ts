import { expect, test } from 'vitest';
import { maskText } from './mask-text.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);

test.each([
  ['partial', 'ann@example.org', 'a**@*******.***'],
  ['partial', 'a', '*'],
  ['partial', '', ''],
  ['partial', 'Łódź 12', 'Ł*** **'],
  ['last4', '4111111111111234', '************1234'],
  ['last4', '1234', '****'],
  ['last4', '', ''],
  ['redact', 'anything', '[masked]'],
  ['redact', '', '[masked]'],
] as const)('%s of %s is %s', (kind, value, shown) => {
  expect(maskText(value, kind, KEY)).toBe(shown);
});

test('a hash is equal for equal values of one session, and for nothing else', () => {
  const one = maskText('078-05-1120', 'hash', KEY);
  expect(one).toBe(maskText('078-05-1120', 'hash', KEY));
  expect(one).not.toBe(maskText('078-05-1121', 'hash', KEY));
  expect(one).not.toBe(maskText('078-05-1120', 'hash', OTHER));
  expect(one).toMatch(/^[0-9a-f]{16}$/u);
});
