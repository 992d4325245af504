import { expect, test } from 'vitest';
import { endToEndFields, valuesOf, withoutFields } from './field-list.ts';

test('repeated fields keep their order, and what speaks of one connection ends with it', () => {
  const fields = [
    ...['Set-Cookie', 'a', 'set-cookie', 'b', 'Connection', 'close, X-Hop', 'x-hop', '1'],
    ...['Transfer-Encoding', 'chunked', 'Content-Length', '3'],
  ];
  expect(endToEndFields(fields)).toEqual([
    'Set-Cookie',
    'a',
    'set-cookie',
    'b',
    'Content-Length',
    '3',
  ]);
  expect(valuesOf(fields, 'set-cookie')).toEqual(['a', 'b']);
  expect(withoutFields(['A', '1', 'a', '2', 'B', '3'], new Set(['a']))).toEqual(['B', '3']);
});

test.each(['host', 'content-length'])('%s is not taken away by naming it in Connection', (name) => {
  expect(endToEndFields(['Connection', name, name, '3'])).toEqual([name, '3']);
});
