/**
 * Tells random text from names and words: the mean surprise of a letter after the two before it. An own small table,
 * because a tokenizer of a model, which does the same, takes 90 ms and 30 MB to load, and a commit waits for it.
 */

import { entropyOf } from './filler.ts';
import { SYMBOLS, TRIGRAM_TABLE } from './trigram-table.ts';

const DIGIT = 26;
const OTHER = 27;

/**
 * Measured on names of at least ten characters and on random text of the same lengths: 99 of 100 names stay below 6.8,
 * 98 of 100 random texts in base 62 lie above 7.5.
 */
export const RANDOM_SURPRISE = 7.2;

/** Below this a text is made of words. */
export const WORDY_SURPRISE = 6;

const MAX_LENGTH = 256;

let table: Uint8Array | null = null;

/** From about 3 (words) to 12 (random). */
export function surpriseOf(text: string): number {
  table ??= Buffer.from(TRIGRAM_TABLE, 'base64');
  let first = OTHER;
  let second = OTHER;
  let sum = 0;
  const length = Math.min(text.length, MAX_LENGTH);
  for (let at = 0; at < length; at += 1) {
    const symbol = symbolOf(text.charCodeAt(at));
    const slot = (first * SYMBOLS + second) * SYMBOLS + symbol;
    const pair = table[slot >> 1] ?? 0;
    sum += slot % 2 === 0 ? pair >> 4 : pair & 15;
    first = second;
    second = symbol;
  }
  return length === 0 ? 0 : sum / length;
}

function symbolOf(code: number): number {
  const small = code | 0x20;
  if (small >= 0x61 && small <= 0x7a) return small - 0x61;
  return code >= 0x30 && code <= 0x39 ? DIGIT : OTHER;
}

const HEX_TEXT = /^(?:0x)?[0-9a-fA-F]+$/;
const UUID_TEXT = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** Digits of hexadecimal numbers look like hashes, which are names too; only their spread tells. */
const MIN_HEX = 16;
const MIN_HEX_ENTROPY = 2.7;

/** Whether a text looks like one that a machine drew. */
export function isRandomText(text: string): boolean {
  if (HEX_TEXT.test(text)) return text.length >= MIN_HEX && entropyOf(text) >= MIN_HEX_ENTROPY;
  if (isUuid(text)) return true;
  return text.length >= 10 && surpriseOf(text) >= RANDOM_SURPRISE;
}

/** RFC 9562, in any version. */
export function isUuid(text: string): boolean {
  return UUID_TEXT.test(text);
}
