import { describe, expect, it } from 'vitest';
import { freshSearchPath, parseSearchPath } from './search-path.ts';

describe('a search_path is read as the server reads it', () => {
  it.each([
    ['"$user", public', ['anna', 'public']],
    ['$user,public', ['anna', 'public']],
    ['', []],
    ['""', ['']],
    ['Public, "Odd.Name" ,  app', ['public', 'Odd.Name', 'app']],
    ['"a""b", "c, d"', ['a"b', 'c, d']],
    ['ÄPP', ['Äpp']],
    ['a"b"', ['a"b"']],
  ])('%j', (text, expected) => {
    expect(parseSearchPath(text, 'anna')).toEqual(expected);
  });

  it.each(['a b', 'a,', ',a', 'a,,b', '"open', '"a"b'])('%j is no list of names', (text) => {
    expect(parseSearchPath(text, 'anna')).toBeUndefined();
  });
});

describe('a fresh session starts with', () => {
  const session = { source: 'default', resetValue: 'reset', bootValue: 'boot', rolePath: null };

  it('what the catalog says of its role, whatever our older session started with', () => {
    expect(freshSearchPath({ ...session, rolePath: 'app', source: 'user' })).toBe('app');
  });

  it('what our session started with, when no role setting is involved', () => {
    expect(freshSearchPath({ ...session, source: 'configuration file' })).toBe('reset');
  });

  it('what the server was built with, when our session started with a role setting that is gone', () => {
    expect(freshSearchPath({ ...session, source: 'user' })).toBe('boot');
  });
});
