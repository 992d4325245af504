/**
 * Check digits of tokens and texts that can be taken apart. A wrong check digit lowers the tier and does not drop the
 * find: formats change, and a mistyped key is still worth a look.
 */

import { isVaried } from './filler.ts';
import type { CheckName } from './secret-kind.ts';

/** What a check says. `impossible`: it is no such token at all. */
export type CheckAnswer = 'right' | 'wrong' | 'impossible';

const CHECKS: Readonly<Record<CheckName, (token: string) => CheckAnswer>> = {
  'aws-key-id': checkAwsKeyId,
  'github-crc': checkGithub,
  'grafana-crc': checkGrafana,
  'json-base64': (token) => (parseBase64Json(token) === null ? 'impossible' : 'right'),
  jwt: checkJwt,
  nkey: checkNkey,
  // The two halves of a key are joined by the name of the company, in base64.
  openai: (token) => (token.includes('T3BlbkFJ') ? 'right' : 'wrong'),
  'pypi-macaroon': checkMacaroon,
  varied: (token) => (hasKinds(token) && isVaried(token) ? 'right' : 'impossible'),
};

/** Checks a token. */
export function checkToken(check: CheckName, token: string): CheckAnswer {
  return CHECKS[check](token);
}

/** Capitals, small letters and digits, as every long random text in base62 has them. */
function hasKinds(token: string): boolean {
  return /[A-Z]/.test(token) && /[a-z]/.test(token) && /[0-9].*[0-9]/.test(token);
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function decodeBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const character of text) {
    value = ((value << 5) | BASE32.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (value >> bits) & 0xff;
  }
  return bytes;
}

/** The account that an AWS key id names, twelve digits; null for an id from before it did. */
export function awsAccountOf(keyId: string): string | null {
  const bytes = decodeBase32(keyId.slice(4));
  if (bytes.length < 6) return null;
  let number = 0n;
  for (const byte of bytes.slice(0, 6)) number = (number << 8n) | BigInt(byte);
  const account = (number & 0x7fff_ffff_ff80n) >> 7n;
  return account < 1_000_000_000_000n ? account.toString().padStart(12, '0') : null;
}

/** Ids since 2019 name their account; one that names no possible one is old, or none. */
function checkAwsKeyId(token: string): CheckAnswer {
  if (/EXAMPLE/.test(token)) return 'impossible';
  return awsAccountOf(token) === null ? 'wrong' : 'right';
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const GITHUB_CHECK_DIGITS = 6;

/** GitHub (2021), npm: the last six characters are the CRC-32 of the random part in base 62. */
function checkGithub(token: string): CheckAnswer {
  const body = token.slice(token.indexOf('_') + 1);
  const random = body.slice(0, -GITHUB_CHECK_DIGITS);
  return toBase62(crc32(toBytes(random))) === body.slice(-GITHUB_CHECK_DIGITS) ? 'right' : 'wrong';
}

function toBase62(number: number): string {
  let rest = number;
  let text = '';
  while (rest > 0) {
    text = (BASE62[rest % 62] ?? '') + text;
    rest = Math.floor(rest / 62);
  }
  return text.padStart(GITHUB_CHECK_DIGITS, '0');
}

/** Grafana: `glsa_`, 32 characters, `_`, CRC-32 of what stands before in hexadecimal, low byte first. */
function checkGrafana(token: string): CheckAnswer {
  const cut = token.lastIndexOf('_');
  const sum = crc32(toBytes(token.slice(0, cut)));
  const high = sum.toString(16).padStart(8, '0');
  const low = (high.match(/../g) ?? []).reverse().join('');
  const given = token.slice(cut + 1).toLowerCase();
  return given === low || given === high ? 'right' : 'wrong';
}

/** RFC 7519 over RFC 7515: a header in JSON that names an algorithm. */
function checkJwt(token: string): CheckAnswer {
  const header = parseBase64Json(token.slice(0, token.indexOf('.')));
  return header !== null && typeof header['alg'] === 'string' ? 'right' : 'impossible';
}

/** A macaroon of PyPI names its location in the beginning. */
function checkMacaroon(token: string): CheckAnswer {
  const bytes = decodeBase64(token.slice('pypi-'.length));
  return bytes.includes('pypi.org') ? 'right' : 'wrong';
}

/** NATS: base32 of a prefix byte, the key and a CRC-16 (XMODEM), low byte first. */
function checkNkey(token: string): CheckAnswer {
  const bytes = decodeBase32(token);
  const body = bytes.subarray(0, -2);
  const [low = 0, high = 0] = bytes.subarray(-2);
  return crc16(body) === low + high * 256 ? 'right' : 'impossible';
}

/** An object in base64 or base64url; null when it is none. */
export function parseBase64Json(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(decodeBase64(text));
    return isObject(value) ? value : null;
  } catch {
    // The text is no JSON, which is an answer.
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Either alphabet; each byte as one character. */
export function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1');
}

function toBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

const CRC32_TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let sum = start;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb8_8320 : sum >>> 1;
  return sum;
});

/** CRC-32 of ISO 3309. `zlib` has it too, and this room loads nothing that can do I/O. */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffff_ffff;
  for (const byte of bytes) sum = (CRC32_TABLE[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffff_ffff) >>> 0;
}

function crc16(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      sum = sum & 0x8000 ? ((sum << 1) ^ 0x1021) & 0xffff : (sum << 1) & 0xffff;
    }
  }
  return sum;
}
