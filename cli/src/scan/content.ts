/** Looks through one content, whole or in pieces: what kind of bytes they are, and the secrets in them. */

import { SecretScanner, findSecretSightings, toTextSource } from '@agentguard/rules';
import type { Sighting } from '@agentguard/rules';
import type { SkipReason } from './finding.ts';

/** What a look at a content gives. */
export interface Looked {
  readonly sightings: readonly Sighting[];
  readonly bytes: number;
  /** Null when it was looked through. */
  readonly skipped: SkipReason | null;
  /** The bytes that positions count, for contents that were at hand as a whole. */
  readonly text: Uint8Array | null;
}

/** Contents up to this size are read as a whole: files of credentials are, and comments beside a find. */
export const MAX_WHOLE_BYTES = 8 * 1024 * 1024;

/** Git's own measure of what is binary. */
const BINARY_PROBE_BYTES = 8000;

/** What archives begin with: zip and its family, gzip, bzip2, xz, zstd, 7z, rar, and tar at its own place. */
const MAGIC: readonly (readonly [number, string])[] = [
  [0, 'PK\u0003\u0004'],
  [0, '\u001f\u008b'],
  [0, 'BZh'],
  [0, '\u00fd7zXZ'],
  [0, '(\u00b5/\u00fd'],
  [0, '7z\u00bc\u00af'],
  [0, 'Rar!'],
  [257, 'ustar'],
];

/** git-lfs: a pointer names what is kept elsewhere. */
const LFS = 'version https://git-lfs.github.com/spec/v1';

/** Looks through a content that is at hand. */
export function lookThrough(bytes: Uint8Array, path: string): Looked {
  const skipped = whySkipped(bytes);
  if (skipped !== null) return { sightings: [], bytes: bytes.length, skipped, text: null };
  const { text, binary } = toText(bytes);
  const sightings = findSecretSightings(text, { path, binary });
  return { sightings, bytes: bytes.length, skipped: null, text };
}

/** Looks through a content that comes in pieces. Its memory does not grow with the content. */
export async function lookThroughPieces(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
): Promise<Looked> {
  let scanner: SecretScanner | null = null;
  let decode: (piece: Uint8Array) => Uint8Array = (piece) => piece;
  const sightings: Sighting[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (scanner === null) {
      const skipped = whySkipped(piece);
      if (skipped !== null) return { sightings: [], bytes: size, skipped, text: null };
      const encoding = encodingOf(piece);
      decode = makeDecoder(encoding);
      const source = toTextSource({ path, binary: encoding === 'binary' });
      scanner = new SecretScanner({ source, onSighting: (one) => sightings.push(one) });
    }
    scanner.push(decode(piece));
  }
  scanner?.end();
  return { sightings, bytes: size, skipped: size === 0 ? 'empty' : null, text: null };
}

function whySkipped(bytes: Uint8Array): SkipReason | null {
  if (bytes.length === 0) return 'empty';
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 300)).toString(
    'latin1',
  );
  if (start.startsWith(LFS)) return 'large file elsewhere (LFS)';
  return MAGIC.some(([at, word]) => start.startsWith(word, at)) ? 'archive' : null;
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'binary';

function toText(bytes: Uint8Array): { readonly text: Uint8Array; readonly binary: boolean } {
  const encoding = encodingOf(bytes);
  if (encoding === 'utf-8' || encoding === 'binary')
    return { text: bytes, binary: encoding === 'binary' };
  return { text: makeDecoder(encoding)(bytes), binary: false };
}

/** By the mark at the beginning; without one, by where the zeros of plain letters stand. */
function encodingOf(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const probe = bytes.subarray(0, BINARY_PROBE_BYTES);
  if (!probe.includes(0)) return 'utf-8';
  const zeros = [0, 0];
  probe.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  const most = (probe.length / 2) * 0.6;
  if (odd >= most && even < odd / 8) return 'utf-16le';
  if (even >= most && odd < even / 8) return 'utf-16be';
  return 'binary';
}

function makeDecoder(encoding: Encoding): (piece: Uint8Array) => Uint8Array {
  if (encoding === 'utf-8' || encoding === 'binary') return (piece) => piece;
  const decoder = new TextDecoder(encoding);
  return (piece) => Buffer.from(decoder.decode(piece, { stream: true }), 'utf8');
}
