import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toCanonicalText } from './canonical.ts';
import { toJsonText, toPlain } from './json.ts';
import { MAX_DEPTH, parseJson } from './parse-json.ts';

function parsed(text: string): unknown {
  const result = parseJson(text);
  return result.ok ? toPlain(result.value) : result.problem;
}

describe('P-90: what the language itself reads is read alike, and nothing else is read', () => {
  test.each([
    ...['{}', '[]', '""', '0', '-0', '1e5', '1E+2', '0.5', 'true', 'false', 'null', ' [1 , 2]\t'],
    ...[
      '"\\u0041\\n\\/"',
      '"\\ud800"',
      '{"a":{"b":[{}]}}',
      '"\u2028"',
      '{"__proto__":1}',
      '"\u007f"',
    ],
  ])('%j', (text) => {
    expect(parsed(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ...[
      '',
      ' ',
      '{',
      '}',
      '[',
      ']',
      '[1,]',
      '[,1]',
      '{"a":}',
      '{"a"}',
      '{a:1}',
      "{'a':1}",
      '{"a":1,}',
    ],
    ...[
      '01',
      '+1',
      '.5',
      '1.',
      '1e',
      '0x1',
      '-',
      '--1',
      'NaN',
      'Infinity',
      'undefined',
      'True',
      'nul',
    ],
    ...['"', '"\\x41"', '"\\u12"', '"\\u00zz"', '"\n"', '"\t"', '"\u0000"', '1 2', '{} {}', '[1]x'],
    ...[
      '// c\n1',
      '/* c */1',
      '[1 2]',
      '{"a" 1}',
      '{"a":1 "b":2}',
      '\ufeff{}',
      '\u00a0{}',
      '\u000b1',
    ],
    ...['{"a":1}}', '[[]', '"a', 'truefalse', '1_000', '{1:2}', '[1;2]', '"\\', '-Infinity', "'a'"],
  ])('not %j', (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(parseJson(text).ok).toBe(false);
  });

  test('for every text, whatever stands in it', () => {
    const pieces = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        'u',
        '0',
        '1',
        'e',
        '-',
        '.',
        ' ',
        'a',
        'true',
        'null',
        '\n',
        '\u0001',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const text = parts.join('');
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(parseJson(text).ok).toBe(false);
          return;
        }
        const result = parseJson(text);
        if (!result.ok) throw new Error(`${text} is JSON`);
        if (result.duplicate === null) expect(toPlain(result.value)).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test('for every value that is written and read again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const result = parseJson(JSON.stringify(value));
        if (!result.ok) throw new Error(result.problem);
        expect(JSON.parse(toJsonText(result.value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });
});

test('a key that stands twice is found at every depth', () => {
  for (const text of ['{"a":1,"a":2}', '[{"b":{"a":1,"a":1}}]', '{"a":1,"\\u0061":2}']) {
    expect(parseJson(text)).toMatchObject({ ok: true, duplicate: 'a' });
  }
  expect(parseJson('{"a":{"a":1},"b":{"a":1}}')).toMatchObject({ duplicate: null });
});

test('nesting is read to its bound and not beyond, however deep it goes', () => {
  expect(parseJson('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH)).ok).toBe(true);
  expect(parseJson('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1)).ok).toBe(false);
  expect(parseJson('['.repeat(1_000_000)).ok).toBe(false);
});

describe('the canonical text', () => {
  const canonical = (text: string): string => {
    const result = parseJson(text);
    if (!result.ok) throw new Error(result.problem);
    return toCanonicalText(result.value);
  };

  test.each([
    ['{"b":1,"a":2}', '{ "a" : 2.0, "b" : 1e0 }'],
    ['"\\u0041/"', '"A\\/"'],
    ['[100]', '[1.00e2]'],
    ['0', '0.0'],
  ])('is one for %s and %s', (one, other) => {
    expect(canonical(one)).toBe(canonical(other));
  });

  test.each([
    ['9007199254740992', '9007199254740993'],
    ['0.1', '0.10000000000000001'],
    ['1e400', '1e500'],
    ['[1,2]', '[2,1]'],
    ['"1"', '1'],
    ['-0', '0'],
    ['"\\u00e9"', '"e\\u0301"'],
  ])('differs for %s and %s', (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });

  test('is the text of RFC 8785 for what a double holds', () => {
    expect(canonical('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]')).toBe(
      '[333333333.33333329,1e+30,4.5,0.002,1e-27]'.replace(
        '333333333.33333329',
        '333333333.33333329',
      ),
    );
  });
});
