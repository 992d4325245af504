/**
 * Private keys in PEM (RFC 7468, RFC 4880, OpenSSH) and in PuTTY's format. The body is taken apart, so that a heading in
 * a text is none; line ends may be those of a file or the escapes of a string.
 */

import { codeOf, toByteSet, union, DIGITS, LETTERS } from './byte-set.ts';
import { isVaried } from './filler.ts';
import { kindOf } from './kinds.ts';
import { WEIGHT, textOf, tierIn } from './match.ts';
import type { Found, TextSource } from './match.ts';
import type { ByteView } from './match-shape.ts';
import type { Tier } from './secret-kind.ts';

export const PEM_LITERAL = '-----begin ';
export const PUTTY_LITERAL = 'putty-user-key-file-';

/** An RSA key of 16384 bits has 12,700 characters in PEM. */
const MAX_KEY = 16_384;
const MAX_LABEL = 40;
/** Base64, line ends, their escapes, and what headers of a key hold. */
const BODY = union(LETTERS, DIGITS, toByteSet('+/=\r\n\t \\:,.()"\'@<>_!-'));

/** @param hit where `-----BEGIN ` begins */
export function findPrivateKey(view: ByteView, hit: number, source: TextSource): Found {
  const from = hit + PEM_LITERAL.length;
  const label = readLabel(view, from);
  if (label === null || label === 'more') return label;
  const body = from + label.text.length + 5;
  const end = endOfBody(view, body);
  if (end === 'more') return 'more';
  const judged = judgeBody(label.text, textOf(view, body, end), source);
  if (judged === null) return null;
  const { id, tier, why } = judged;
  return { kind: kindOf(id), tier, why, start: body, end, weight: WEIGHT.structure, name: null };
}

function readLabel(view: ByteView, from: number): { readonly text: string } | 'more' | null {
  const text = textOf(view, from, Math.min(view.end, from + MAX_LABEL + 5));
  const label = /^([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?|USER NKEY SEED)-----/.exec(text)?.[1];
  if (label !== undefined) return { text: label };
  const cut = !view.final && text.length < MAX_LABEL + 5 && /^[A-Z0-9 ]*-{0,5}$/.test(text);
  return cut ? 'more' : null;
}

/** Where the last character of the body stands, before `-----END`. */
function endOfBody(view: ByteView, from: number): number | 'more' {
  const { bytes } = view;
  let at = from;
  const last = from + MAX_KEY;
  while (at < view.end && at < last && BODY[bytes[at] ?? 0] === 1) {
    // Headings inside of a body have single hyphens only.
    if (bytes[at] === codeOf('-') && bytes[at + 1] === codeOf('-')) break;
    at += 1;
  }
  return at + 1 >= view.end && at < last && !view.final ? 'more' : at;
}

interface Judged {
  readonly id: string;
  readonly tier: Tier;
  readonly why: string;
}

function judgeBody(label: string, raw: string, source: TextSource): Judged | null {
  const text = raw.replaceAll(/\\{1,4}[nrt]/g, '\n').replaceAll(/["'\\+]\s*\n\s*["']?|["']/g, '\n');
  const encrypted = label.startsWith('ENCRYPTED') || /Proc-Type: ?4,ENCRYPTED/.test(text);
  const base64 = text
    .split(/\s+/)
    .filter((line) => /^[A-Za-z0-9+/]{16,}={0,2}$|^[A-Za-z0-9+/]{1,80}={0,2}$/.test(line))
    .join('');
  if (label === 'USER NKEY SEED') return judgeSeed(text, source);
  if (base64.length < 40 || !isVaried(base64)) return null;
  if (encrypted) return { id: 'private-key-encrypted', tier: 'warn', why: 'under a passphrase' };
  if (label.startsWith('PGP')) return found('private-key-pgp', source, 'a PGP private key block');
  const bytes = Buffer.from(base64.replaceAll('=', ''), 'base64');
  if (label.startsWith('OPENSSH')) return judgeOpenSsh(bytes, source);
  if (isSequence(bytes)) return found('private-key', source, 'a private key that parses');
  return {
    id: 'private-key-broken',
    tier: 'warn',
    why: 'headed as a private key, and cut or changed',
  };
}

function found(id: string, source: TextSource, why: string): Judged {
  return { id, tier: tierIn(source, 'block'), why };
}

/** NATS: a seed is `S`, a letter for its kind, and 56 more of base32. */
function judgeSeed(text: string, source: TextSource): Judged | null {
  return /\bS[UAONCX][A-Z2-7]{56}\b/.test(text) ? found('nkey-seed', source, 'an NKEY seed') : null;
}

/** PROTOCOL.key of OpenSSH: a magic word, then the cipher; `none` means no passphrase. */
function judgeOpenSsh(bytes: Buffer, source: TextSource): Judged {
  const start = bytes.subarray(0, 64).toString('latin1');
  if (!start.startsWith('openssh-key-v1\0')) {
    return { id: 'private-key-broken', tier: 'warn', why: 'headed as an OpenSSH key, and changed' };
  }
  if (start.includes('none')) return found('private-key-ssh', source, 'an OpenSSH private key');
  return { id: 'private-key-encrypted', tier: 'warn', why: 'under a passphrase' };
}

/** X.690: a sequence whose length is that of the whole, and an integer or a sequence in it. */
function isSequence(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false;
  const first = bytes[1] ?? 0;
  const count = first & 0x7f;
  const long = first > 0x7f;
  if (long && (count === 0 || count > 3)) return false;
  const length = long
    ? bytes.subarray(2, 2 + count).reduce((sum, one) => sum * 256 + one, 0)
    : first;
  const header = long ? 2 + count : 2;
  const inner = bytes[header];
  return Math.abs(bytes.length - header - length) <= 3 && (inner === 0x02 || inner === 0x30);
}

/** A PuTTY file has some twenty lines before the private ones. */
const MAX_PUTTY_LINES = 120;
const MAX_PUTTY_LINE = 200;

/** @param hit where the heading of a PuTTY file begins */
export function findPuttyKey(view: ByteView, hit: number, source: TextSource): Found {
  const end = endOfPutty(view, hit);
  if (end === 'more') return 'more';
  const text = textOf(view, hit, end);
  const body = /Private-Lines: \d{1,3}\r?\n((?:[A-Za-z0-9+/=]{1,80}\r?\n){1,120})/.exec(text);
  if (body?.[1] === undefined) return null;
  const open = /Encryption: none/.test(text);
  const why = open ? 'a PuTTY private key' : 'a PuTTY private key under a passphrase';
  const kind = kindOf(open ? 'private-key-putty' : 'private-key-encrypted');
  const tier = tierIn(source, open ? 'block' : 'warn');
  const start = hit + body.index + body[0].length - body[1].length;
  const { length } = body[1];
  return { kind, tier, why, start, end: start + length, weight: WEIGHT.structure, name: null };
}

/** Behind the line that authenticates the file, or where it is none. */
function endOfPutty(view: ByteView, hit: number): number | 'more' {
  let lines = 0;
  let at = hit + PUTTY_LITERAL.length;
  let lineStart = at;
  for (; at < view.end && at < hit + MAX_KEY && lines < MAX_PUTTY_LINES; at += 1) {
    const byte = view.bytes[at];
    if (at - lineStart > MAX_PUTTY_LINE) return at;
    if (byte === 0x0a) {
      lines += 1;
      lineStart = at;
      const line = textOf(view, at + 1, Math.min(view.end, at + 13)).toLowerCase();
      if (line.startsWith('private-mac:')) return at + 1;
      if (line.startsWith('putty-user-k')) return at;
    } else if (byte === 0 || (byte ?? 0) > 0x7e) return at;
  }
  return at >= view.end && !view.final && lines < MAX_PUTTY_LINES ? 'more' : at;
}
