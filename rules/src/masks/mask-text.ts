/**
 * How a value looks behind its mask. INVARIANT: nothing of a value gets through but what its mask is there to show.
 */

import { createHmac } from 'node:crypto';
import type { MaskKind } from '../roles/role-scope.ts';

/** Shown in place of anything. */
const REDACTED = '[masked]';

/** Hexadecimal digits of a digest that are shown: 64 bits, so that two values of one table do not meet. */
const DIGEST_DIGITS = 16;

const LAST = 4;

/**
 * A masked text.
 * @param key of the session: equal values look equal within it, and nobody without the key can try values out
 */
export function maskText(value: string, kind: MaskKind, key: Uint8Array): string {
  switch (kind) {
    case 'redact':
      return REDACTED;
    case 'hash':
      return digestOf(value, key)
        .subarray(0, DIGEST_DIGITS / 2)
        .toString('hex');
    case 'last4':
      return maskAllBut(value, (index, length) => length > LAST && index >= length - LAST);
    case 'partial':
      return maskShape(value);
  }
}

/** A digest that only the holder of the key can make. */
export function digestOf(value: string | Uint8Array, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(value).digest();
}

function maskAllBut(value: string, shows: (index: number, length: number) => boolean): string {
  const characters = Array.from(value);
  return characters
    .map((character, index) => (shows(index, characters.length) ? character : '*'))
    .join('');
}

/** Its first character and its shape: letters and digits are gone, what stands between them stays. A single one is gone too. */
function maskShape(value: string): string {
  const characters = Array.from(value);
  return characters
    .map((character, index) => {
      if (index === 0 && characters.length > 1) return character;
      return /[\p{L}\p{N}\p{M}]/u.test(character) ? '*' : character;
    })
    .join('');
}
