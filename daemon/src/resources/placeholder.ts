/**
 * What stands in a session where the credential of an API would: a text of the same shape, since tools check prefixes and
 * lengths before they send anything, and of no worth anywhere but in that session and towards that API.
 */

import { randomBytes, randomInt } from 'node:crypto';

/** A prefix that tells the kind of a token: `ghp_`, `sk_live_`, `glpat-`. */
const PREFIX = /^(?:[A-Za-z][A-Za-z0-9]{0,11}[_-]){1,3}/;

/** Below this many random characters one could be guessed, or stand somewhere by chance. */
const MIN_RANDOM_LENGTH = 16;

/** Longer ones are files, not tokens. */
const MAX_LENGTH = 512;

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Shape of a hexadecimal text, which holds no letters beyond f. */
const HEXADECIMAL = /^[0-9a-f-]+$/i;

/**
 * Makes a stand-in.
 * @param real the credential, of which only the prefix and the classes of characters go into the result
 */
export function makePlaceholder(real: string): string {
  const prefix = PREFIX.exec(real)?.[0] ?? '';
  const rest = real.slice(prefix.length);
  const random = rest.replaceAll(/[^A-Za-z0-9]/g, '').length;
  const plain = /^[\x21-\x7e]*$/.test(real) && real.length <= MAX_LENGTH;
  if (!plain || random < MIN_RANDOM_LENGTH) return `agp_${randomBytes(24).toString('hex')}`;
  const hexadecimal = HEXADECIMAL.test(rest);
  return prefix + Array.from(rest, (letter) => replace(letter, hexadecimal)).join('');
}

function replace(letter: string, hexadecimal: boolean): string {
  const among = [DIGITS, LOWER, UPPER].find((set) => set.includes(letter));
  if (among === undefined) return letter;
  const set = hexadecimal && among !== DIGITS ? among.slice(0, 6) : among;
  return set[randomInt(set.length)] ?? letter;
}
