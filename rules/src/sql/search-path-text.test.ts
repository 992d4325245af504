/**
 * The value of search_path, as the server splits it.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseSearchPath, quoteIdentifier, toSearchPathText } from './search-path-text.ts';

describe('parseSearchPath', () => {
  it.each<[string, readonly string[] | null]>([
    ['', []],
    ['  ', []],
    ['public', ['public']],
    ['App, "App" ,public', ['app', 'App', 'public']],
    ['"$user", public', ['agent', 'public']],
    ['$user,public', ['agent', 'public']],
    ['"a,b", "c""d"', ['a,b', 'c"d']],
    ['""', []],
    ['a b', null],
    ['a,,b', null],
    ['a,', null],
    ['"a', null],
    ['a"b"', null],
  ])('%j is %j', (text, schemas) => {
    expect(parseSearchPath(text, 'agent')).toEqual(schemas);
  });

  it('reads back whatever toSearchPathText wrote', () => {
    const names = fc.array(fc.string({ minLength: 1 }).filter((name) => name !== '$user'));
    fc.assert(
      fc.property(names, (schemas) => {
        expect(parseSearchPath(toSearchPathText(schemas), 'agent')).toEqual(schemas);
      }),
    );
  });
});

describe('quoteIdentifier', () => {
  it.each([
    ['orders', 'orders'],
    ['a_1$', 'a_1$'],
    ['Orders', '"Orders"'],
    ['1a', '"1a"'],
    ['a"b', '"a""b"'],
  ])('%s is written %s', (name, written) => {
    expect(quoteIdentifier(name)).toBe(written);
  });
});
