/** What is shown in the place of a secret: what it is, and a short mark by which two of the same are known. */

import { createHmac } from 'node:crypto';

/** Below this no part of a value is shown: the rest could be tried. */
const MIN_SHOWN = 16;
const SHOWN = 4;

/** Marks of masks tell some thousands apart; fingerprints that allow a find have to tell all. */
const MASK_DIGITS = 8;
const FINGERPRINT_DIGITS = 24;

/** A mask as it stands in a text: its kind and its mark. */
export const MASK_PATTERN = /\[agentguard:([a-z0-9-]{2,40}):([0-9a-f]{8})\]/g;

/** The mask of a value. @param key of the session; without it the mark tells nothing about the value */
export function toMask(kind: string, value: Uint8Array, key: Uint8Array): string {
  return `[agentguard:${kind}:${markOf(value, key)}]`;
}

/** Equal for equal values under one key. */
export function markOf(value: Uint8Array, key: Uint8Array): string {
  return hmac(value, key).slice(0, MASK_DIGITS);
}

/** What allows one find and no other: by kind, file and value. */
export function fingerprintOf(
  find: { readonly kind: string; readonly path: string; readonly value: Uint8Array },
  key: Uint8Array,
): string {
  const digest = createHmac('sha256', key)
    .update(`${find.kind}\0${find.path}\0`)
    .update(find.value)
    .digest('hex');
  return digest.slice(0, FINGERPRINT_DIGITS);
}

/** The last characters of a long value, nothing of a short one; in ASCII. */
export function shownPart(value: Uint8Array): string {
  if (value.length < MIN_SHOWN) return '****';
  const end = Buffer.from(value.subarray(-SHOWN)).toString('latin1');
  return `****${end.replaceAll(/[^!-~]/g, '*')}`;
}

function hmac(value: Uint8Array, key: Uint8Array): string {
  return createHmac('sha256', key).update(value).digest('hex');
}
