import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { echoesOf, Scrubber } from './scrubber.ts';
import type { Replacement } from './scrubber.ts';

function pass(chunks: readonly Buffer[], replacements: readonly Replacement[]): string {
  const scrubber = new Scrubber(replacements);
  return Buffer.concat([...chunks.map((chunk) => scrubber.push(chunk)), scrubber.end()]).toString(
    'latin1',
  );
}

function toReplacements(texts: readonly string[]): readonly Replacement[] {
  return texts.map((text) => ({ find: Buffer.from(text), put: Buffer.from('#') }));
}

describe('a text that is taken out', () => {
  test('is gone wherever the stream is cut, with the same result as in one piece', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 }), {
          maxLength: 8,
        }),
        (finds, parts) => {
          const chunks = parts.map((part) => Buffer.from(part));
          const replacements = toReplacements(finds);
          expect(pass(chunks, replacements)).toBe(pass([Buffer.concat(chunks)], replacements));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('holds nothing back that cannot become it', () => {
    const scrubber = new Scrubber(toReplacements(['secret']));
    expect(scrubber.push(Buffer.from('data: token\n\n')).toString()).toBe('data: token\n\n');
    expect(scrubber.push(Buffer.from('a se')).toString()).toBe('a ');
    expect(scrubber.push(Buffer.from('crab')).toString()).toBe('secrab');
    expect(scrubber.found).toBe(0);
  });
});

describe('an echo of a credential', () => {
  const credential = 'sk"live/ñ0123456789+x';

  test.each([
    ['as it is', credential],
    ['in JSON', JSON.stringify({ token: credential })],
    ['in a URL', `https://x.example/?t=${encodeURIComponent(credential)}`],
    ['in Basic behind one letter', Buffer.from(`u:${credential}`).toString('base64')],
    ['in Basic behind two letters', Buffer.from(`uv:${credential}:w`).toString('base64')],
    ['in Basic behind three letters', Buffer.from(`uvw:${credential}`).toString('base64url')],
  ])('is found %s', (_how, text) => {
    const scrubber = new Scrubber(echoesOf(credential, 'placeholder'));
    const shown = Buffer.concat([scrubber.push(Buffer.from(text)), scrubber.end()]).toString();
    expect(scrubber.found).toBe(1);
    expect(shown).toContain('placeholder');
    expect(shown).not.toContain(credential.slice(3, 12));
  });

  test('of a few letters only is not looked for', () => {
    expect(echoesOf('abc', 'x')).toEqual([]);
  });
});
