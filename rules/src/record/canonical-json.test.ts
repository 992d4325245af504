import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCanonicalJson } from './canonical-json.ts';

/** Stands for any type that hides its value: it prints as something harmless. */
class Hiding {
  readonly value = 'canary-5f1d';

  toJSON(): string {
    return '[secret]';
  }
}

function canonical(value: unknown): string {
  const result = toCanonicalJson(value);
  if (!result.ok) throw new Error(result.problem);
  return result.text;
}

describe('canonical JSON', () => {
  it('is that of RFC 8785, section 3.2.2', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonical(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as RFC 8785 section 3.2.3 does', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const read = new Map(Object.entries(value).map(([key, name]) => [name, key]));
    const text = canonical(value);
    const names = [...read.keys()].sort((one, other) => text.indexOf(one) - text.indexOf(other));
    expect(names).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('says the same as JSON.parse reads, and the same again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' }), (value) => {
        const text = canonical(value);
        const read: unknown = JSON.parse(text);
        expect(read).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonical(read)).toBe(text);
      }),
    );
  });

  it.each([
    ['an instance that hides its value', new Hiding()],
    ['a Buffer', Buffer.from('a')],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['undefined', undefined],
    ['a bigint', 1n],
    ['a symbol', Symbol('a')],
    ['a function', () => 1],
    ['not a number', NaN],
    ['infinity', Infinity],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\ud800': 1 }],
    ['an own toJSON', { toJSON: () => 1 }],
  ])('%s is refused wherever it stands, and not quoted', (_name, value) => {
    for (const place of [value, [value], { a: { b: value } }]) {
      const result = toCanonicalJson(place);
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain('canary');
    }
  });

  it('nesting is bounded', () => {
    const nest = (depth: number): unknown => (depth === 0 ? 1 : [nest(depth - 1)]);
    expect(toCanonicalJson(nest(32)).ok).toBe(true);
    expect(toCanonicalJson(nest(33)).ok).toBe(false);
    const round: unknown[] = [];
    round.push(round);
    expect(toCanonicalJson(round).ok).toBe(false);
  });
});
