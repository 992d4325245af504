import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { findSecrets } from './find-secrets.ts';
import { NAMED_KINDS, SECRET_KINDS, TOKEN_KINDS } from './kinds.ts';
import { sampleOf, toSampleDigits } from './fixtures/sample.ts';
import type { SampleTools } from './fixtures/sample.ts';
import { MAX_LOOK_BACK } from './match.ts';
import { parseShape, parseValueShape } from './shape.ts';

const kindsIn = (text: string, path = 'src/app.ts'): readonly string[] =>
  findSecrets(Buffer.from(text), { path }).map(({ match }) => match.kind.id);

const toolsOf = (seed: string): SampleTools => ({
  draw: toSampleDigits(createHash('sha256').update(seed)),
  crc32,
});

test('there are at least 250 kinds, each with a name of its own', () => {
  expect(SECRET_KINDS.length).toBeGreaterThanOrEqual(250);
  const ids = [...TOKEN_KINDS, ...NAMED_KINDS].map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

describe('the shape of every kind is decided byte by byte, so no text makes it slow', () => {
  test.each(TOKEN_KINDS)('$id', ({ shape }) => {
    expect(parseShape(shape).maxBefore).toBeLessThanOrEqual(MAX_LOOK_BACK);
  });
  test.each(NAMED_KINDS)('$id', ({ value }) => {
    expect(() => parseValueShape(value)).not.toThrow();
  });
});

describe('a shape that is not decided is refused', () => {
  test.each([
    'key_[a-z]{1,9}[a-z]{2}',
    'key_[a-z]{1,9}z',
    'key_(ab|ac)x',
    'key_(ab)?a',
    'key_[a-z]{2,5}-?[a-z]',
  ])('%s', (shape) => {
    expect(() => parseShape(shape)).toThrow(RangeError);
  });
  test.each([
    'key_[a-z]{1,9}-[a-z]{2}',
    'key_(a|b)x',
    'key_[a-z]{5}[a-z0-9]{2,4}',
    '[a-z]{3,5}<=K=>[0-9]{2}',
  ])('%s is taken', (shape) => {
    expect(() => parseShape(shape)).not.toThrow();
  });
});

describe('a token of every kind', () => {
  test.each(TOKEN_KINDS)('$id is found in code, and not when it is cut', (kind) => {
    for (const seed of ['a', 'b', 'c']) {
      const token = sampleOf(kind, toolsOf(kind.id + seed));
      expect(kindsIn(`const x = "${token}";`)).toHaveLength(1);
      expect(kindsIn(`x: ${token}\n`, 'a.bin.unknown')).toHaveLength(1);
      const literal = parseShape(kind.shape).anchor;
      const cut = token.replace(
        literal,
        literal.slice(0, -1) + (literal.endsWith('~') ? '!' : '~'),
      );
      expect(kindsIn(`const x = "${cut}";`)).not.toContain(kind.id);
    }
  });
});

describe('a value of every provider that only a name tells', () => {
  test.each(NAMED_KINDS)('$id', (kind) => {
    const [word = ''] = kind.words;
    const name = /SECRET|KEY|PASSWORD/.test(word) ? word : `${word}_SECRET_KEY`;
    const value = sampleOf({ ...kind, shape: kind.value, check: null }, toolsOf(kind.id));
    expect(kindsIn(`${name}=${value}\n`, 'deploy.sh')).toHaveLength(1);
    expect(kindsIn(`${name}=\${${name}}\n`, 'deploy.sh')).toEqual([]);
  });
});

test('whatever the text, nothing throws and every find lies inside of it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      for (const { start, end } of findSecrets(bytes, { path: '.env' })) {
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(bytes.length);
      }
    }),
  );
});
