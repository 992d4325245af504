/** Secrets inside of base64, hexadecimal and percent encoding: decoded within bounds, and looked through again. */

import { BASE64, SPACE, complement, toByteSet, union } from './byte-set.ts';
import { textOf } from './match.ts';
import type { Found, Match } from './match.ts';
import type { ByteView } from './match-shape.ts';

/** Looks through what was decoded. */
export type NestedScan = (bytes: Uint8Array) => readonly Match[];

/** Runs are sampled this often, so each of at least as many bytes is seen. */
export const RUN_STRIDE = 20;

/** `user:password` in base64 has some twenty characters. */
const MIN_RUN = 20;
/** A key of 4096 bits in PEM, in base64; longer runs are looked through up to here. */
const MAX_RUN = 8192;
/** Enough to tell text from everything else that is written in base64. */
const TRIED = 24;

/** Bytes that the base64 of a text begins with: of a printable sign, a tab or a line end; and digits, for hexadecimal. */
const BEGINS = toByteSet('IJKLMNOPQRSTUVWXYZabcdefCD234567');

/** Whether a run is worth a look: long enough as far as it can be seen, and text by its first byte. */
export function mayBeEncoded(data: Uint8Array, start: number): boolean {
  if (BEGINS[data[start] ?? 0] !== 1) return false;
  const last = Math.min(data.length, start + MIN_RUN);
  for (let at = start + 1; at < last; at += 1) if (BASE64[data[at] ?? 0] !== 1) return false;
  return true;
}

/** @param start where the run begins */
export function findEncodedRun(view: ByteView, start: number, nested: NestedScan): Found {
  let end = start;
  const last = start + MAX_RUN;
  while (end < view.end && end < last && BASE64[view.bytes[end] ?? 0] === 1) end += 1;
  if (end >= view.end && end < last && !view.final) return 'more';
  if (end - start < MIN_RUN) return null;
  const text = textOf(view, start, end);
  const decoded = decode(text);
  if (decoded === null) return null;
  return toMatch(nested(decoded), { start, end, how: 'encoded' });
}

function decode(text: string): Uint8Array | null {
  if (/^[0-9a-fA-F]+$/.test(text)) {
    return isText(Buffer.from(text.slice(0, TRIED), 'hex')) ? Buffer.from(text, 'hex') : null;
  }
  // Names and paths are runs as well, and seldom decode to text.
  return isText(Buffer.from(text.slice(0, TRIED), 'base64')) ? Buffer.from(text, 'base64') : null;
}

function isText(bytes: Uint8Array): boolean {
  return (
    bytes.length > 0 &&
    bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))
  );
}

function toMatch(
  matches: readonly Match[],
  { start, end, how }: { readonly start: number; readonly end: number; readonly how: string },
): Found {
  const [best] = [...matches].sort((one, other) => rank(other) - rank(one));
  if (best === undefined) return null;
  return { ...best, start, end, why: `${best.why}, ${how}` };
}

function rank({ tier, weight }: Match): number {
  return (tier === 'block' ? 10 : 0) + weight;
}

const ENCODED = complement(union(SPACE, toByteSet('"\'`<>&')));
const MAX_SCHEME = 30;
const MAX_ADDRESS = 600;

/** @param hit where `%3A%2F%2F` begins: an address inside of an address */
export function findPercentEncoded(view: ByteView, hit: number, nested: NestedScan): Found {
  let start = hit;
  const first = Math.max(view.start, hit - MAX_SCHEME);
  while (start > first && /[A-Za-z0-9+.-]/.test(textOf(view, start - 1, start))) start -= 1;
  let end = hit;
  const last = hit + MAX_ADDRESS;
  while (end < view.end && end < last && ENCODED[view.bytes[end] ?? 0] === 1) {
    if (
      end > hit &&
      view.bytes[end] === 0x25 &&
      /^%3a%2f%2f/i.test(textOf(view, end, Math.min(view.end, end + 9)))
    )
      break;
    end += 1;
  }
  if (end >= view.end && end < last && !view.final) return 'more';
  const text = textOf(view, start, end).replaceAll(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  if (!text.includes('@')) return null;
  return toMatch(nested(Buffer.from(text, 'latin1')), { start, end, how: 'percent-encoded' });
}
