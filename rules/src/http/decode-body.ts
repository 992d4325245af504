/**
 * The bytes of a body to text: content codings off, character encoding read. Bounded, and never a guess: what cannot be
 * decoded for sure has no text. zlib is used for computing alone.
 */

import {
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';
import { MAX_CODINGS, MAX_DECODED_BYTES } from './limits.ts';

type Unpack = (bytes: Uint8Array) => Uint8Array;

const BOUND = { maxOutputLength: MAX_DECODED_BYTES };

/** RFC 9110 section 8.4.1. `deflate` is zlib by the RFC and raw deflate by some servers, so it is tried as both. */
const CODINGS: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['identity', (bytes) => bytes],
  ['gzip', (bytes) => gunzipSync(bytes, BOUND)],
  ['x-gzip', (bytes) => gunzipSync(bytes, BOUND)],
  ['deflate', inflateEither],
  ['br', (bytes) => brotliDecompressSync(bytes, BOUND)],
  ['zstd', (bytes) => zstdDecompressSync(bytes, BOUND)],
]);

function inflateEither(bytes: Uint8Array): Uint8Array {
  try {
    return inflateSync(bytes, BOUND);
  } catch {
    return inflateRawSync(bytes, BOUND);
  }
}

/**
 * Takes content codings off.
 * @param codings values of `content-encoding`, in order of their application
 * @returns null when a coding is unknown, the data is broken, or it grows beyond the bound
 */
export function decodeContent(bytes: Uint8Array, codings: readonly string[]): Uint8Array | null {
  const names = codings
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length > MAX_CODINGS) return null;
  let decoded = bytes;
  for (const name of names.reverse()) {
    const unpack = CODINGS.get(name);
    if (unpack === undefined) return null;
    try {
      decoded = unpack(decoded);
    } catch {
      return null;
    }
  }
  return decoded.length > MAX_DECODED_BYTES ? null : decoded;
}

/** Encodings that `charset` may name; every other could hide what a server reads. */
const CHARSETS: ReadonlyMap<string, string> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['iso-8859-1', 'latin1'],
  ['latin1', 'latin1'],
  ['utf-16', 'utf-16le'],
  ['utf-16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
]);

/**
 * Bytes to text: a byte order mark wins over the charset, and zero bytes tell UTF-16 as RFC 4627 section 3 says.
 * @returns null when the charset is unknown or the bytes are none of its
 */
export function decodeText(bytes: Uint8Array, charset: string | null): string | null {
  const named = charset === null ? 'utf-8' : CHARSETS.get(charset.toLowerCase());
  if (named === undefined) return null;
  const encoding = encodingOfStart(bytes) ?? named;
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

function encodingOfStart(bytes: Uint8Array): string | null {
  const [first = 1, second = 1] = bytes;
  if (first === 0xef && second === 0xbb) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first === 0 && second !== 0) return 'utf-16be';
  return first !== 0 && second === 0 ? 'utf-16le' : null;
}
