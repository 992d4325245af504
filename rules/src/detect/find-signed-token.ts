/** Signed tokens (RFC 7519) and private keys in JSON (RFC 7517). */

import { DIGITS, LETTERS, toByteSet, union } from './byte-set.ts';
import { checkToken, parseBase64Json } from './checks.ts';
import { mayStartAt } from './find-token.ts';
import { kindOf } from './kinds.ts';
import { WEIGHT, textOf, tierIn } from './match.ts';
import type { Found, TextSource } from './match.ts';
import { endOfRun } from './match-shape.ts';
import type { ByteView } from './match-shape.ts';

const BASE64URL = union(LETTERS, DIGITS, toByteSet('_-'));
/** Headers and signatures of requests hold no longer ones; RFC 7230 names 8000 octets. */
const MAX_TOKEN = 8000;
const MIN_PART = 16;

/** @param hit where `eyJ` begins */
export function findJwt(view: ByteView, hit: number, source: TextSource): Found {
  if (textOf(view, hit, hit + 3) !== 'eyJ' || !mayStartAt(view, hit)) return null;
  const ends: number[] = [];
  let at = hit;
  for (let part = 0; part < 3; part += 1) {
    const from = at;
    at = Math.min(endOfRun(BASE64URL, view, at), hit + MAX_TOKEN);
    if (at >= view.end && at < hit + MAX_TOKEN && !view.final) return 'more';
    if (at - from < MIN_PART) return null;
    ends.push(at);
    if (part < 2 && view.bytes[at] !== 0x2e) return null;
    if (part < 2) at += 1;
  }
  return judge(textOf(view, hit, at), source, { start: hit, end: at });
}

function judge(
  token: string,
  source: TextSource,
  span: { readonly start: number; readonly end: number },
): Found {
  if (checkToken('jwt', token) !== 'right') return null;
  const payload = parseBase64Json(token.split('.')[1] ?? '');
  // Supabase gives these to browsers; the one of every tutorial is nobody's.
  if (payload?.['role'] === 'anon' || payload?.['sub'] === '1234567890') return null;
  const why = 'a signed token whose header parses';
  const tier = tierIn(source, 'block');
  return { kind: kindOf('jwt'), tier, why, ...span, weight: WEIGHT.structure, name: null };
}

/** A key is one object of some members; far more than any has. */
const MAX_JWK = 6000;
const MAX_JWK_BEFORE = 200;

/** @param hit where `"kty"` begins */
export function findJwk(view: ByteView, hit: number, source: TextSource): Found {
  const end = endOfObject(view, hit + KTY.length);
  if (end === 'more' || end === null) return end;
  const first = Math.max(view.start, hit - MAX_JWK_BEFORE);
  const text = textOf(view, first, end);
  const open = text.lastIndexOf('{', hit - first);
  const object = text.slice(open + 1);
  const member = /\\?"(?:d|k)\\?"\s{0,4}:\s{0,4}\\?"([\w-]{20,1400})\\?"/.exec(object);
  if (member?.[1] === undefined) return null;
  const isSymmetric = /"kty\\?"\s{0,4}:\s{0,4}\\?"oct/.test(object);
  if (!isSymmetric && !/\\?"d\\?"\s{0,4}:/.test(object)) return null;
  const start = first + open + 1 + member.index + member[0].lastIndexOf(member[1]);
  const why = 'the private member of a key in JSON';
  return {
    kind: kindOf('jwk-private'),
    tier: tierIn(source, 'block'),
    why,
    start,
    end: start + member[1].length,
    weight: WEIGHT.structure,
    name: null,
  };
}

const KTY = '"kty';

/** Where the object closes; null when another one begins before, so that no byte is looked at by many. */
function endOfObject(view: ByteView, from: number): number | 'more' | null {
  const { bytes } = view;
  const last = from + MAX_JWK;
  let at = from;
  for (; at < view.end && at < last; at += 1) {
    const byte = bytes[at];
    if (byte === 0x7d) return at;
    if (byte === 0x22 && textOf(view, at, Math.min(view.end, at + 4)) === KTY) return null;
  }
  return at < last && !view.final ? 'more' : Math.min(at, view.end);
}
