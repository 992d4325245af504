/** Sets of bytes, which every pattern of this room is made of. One look-up answers a question about a byte. */

/** 1 at each byte of the set. */
export type ByteSet = Uint8Array;

/** A set of the bytes of a text. Each character must be ASCII. */
export function toByteSet(...characters: readonly string[]): ByteSet {
  const set = new Uint8Array(256);
  for (const text of characters) for (const one of text) set[codeOf(one)] = 1;
  return set;
}

/** Every byte from one character to another, both included. */
export function addRange(set: ByteSet, from: number, to: number): void {
  for (let byte = from; byte <= to; byte += 1) set[byte] = 1;
}

/** Whether two sets share a byte. */
export function overlap(one: ByteSet, other: ByteSet): boolean {
  return one.some((there, byte) => there === 1 && other[byte] === 1);
}

/** Everything in either. */
export function union(...sets: readonly ByteSet[]): ByteSet {
  const all = new Uint8Array(256);
  for (const set of sets)
    for (let byte = 0; byte < 256; byte += 1) if (set[byte] === 1) all[byte] = 1;
  return all;
}

/** Everything that is not in it. */
export function complement(set: ByteSet): ByteSet {
  return set.map((there) => 1 - there);
}

/** The byte of an ASCII character. */
export function codeOf(character: string): number {
  return character.charCodeAt(0) & 0xff;
}

function ranges(...pairs: readonly string[]): ByteSet {
  const set = new Uint8Array(256);
  for (const pair of pairs) addRange(set, codeOf(pair[0] ?? ''), codeOf(pair[1] ?? ''));
  return set;
}

export const DIGITS = ranges('09');
export const LETTERS = ranges('az', 'AZ');
export const HEX = ranges('09', 'af', 'AF');
/** `[A-Za-z0-9_]`. */
export const WORD = union(DIGITS, LETTERS, toByteSet('_'));
/** Both alphabets of RFC 4648, without padding. */
export const BASE64 = union(WORD, toByteSet('+/-'));
export const BLANK = toByteSet(' \t');
export const SPACE = toByteSet(' \t\r\n\f\v');
