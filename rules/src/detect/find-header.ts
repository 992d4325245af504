/** `Authorization` headers, wherever they are written, and passwords in the arguments of a command. */

import { complement, toByteSet, union, DIGITS, LETTERS } from './byte-set.ts';
import { decodeBase64 } from './checks.ts';
import { isFiller } from './filler.ts';
import { isGap } from './harmless-value.ts';
import { kindOf } from './kinds.ts';
import { WEIGHT, textOf, tierIn } from './match.ts';
import type { Found, TextSource } from './match.ts';
import type { ByteView } from './match-shape.ts';
import { isRandomText } from './surprise.ts';

/** RFC 6750, `b64token`. */
const TOKEN = union(LETTERS, DIGITS, toByteSet('-._~+/='));
const MAX_VALUE = 1024;
const MIN_BEARER = 16;

/** @param from behind `Bearer ` */
export function findBearer(view: ByteView, from: number, source: TextSource): Found {
  const end = endOf(view, from, TOKEN);
  if (end === 'more' || end - from < MIN_BEARER) return end === 'more' ? end : null;
  const token = textOf(view, from, end);
  if (isGap(token) || isFiller(token) || !/\d/.test(token) || !isRandomText(token)) return null;
  const why = 'a bearer token that a machine drew';
  const kind = kindOf('header-bearer');
  const tier = source.kind === 'generated' ? 'warn' : tierIn(source, 'block');
  return { kind, tier, why, start: from, end, weight: WEIGHT.named, name: 'Authorization' };
}

/** @param from behind `Basic ` */
export function findBasic(view: ByteView, from: number, source: TextSource): Found {
  const end = endOf(view, from, TOKEN);
  if (end === 'more') return end;
  const text = textOf(view, from, end);
  if (text.length < 8 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const [, user, password] = /^([\x20-\x7e]*?):([\x20-\x7e]+)$/.exec(decodeBase64(text)) ?? [];
  if (user === undefined || password === undefined || isGap(password)) return null;
  const why = 'a user and a password in base64';
  const example = isFiller(text) || user.toLowerCase() === 'aladdin';
  const tier = example || source.kind === 'generated' ? 'warn' : tierIn(source, 'block');
  const kind = kindOf('header-basic');
  return { kind, tier, why, start: from, end, weight: WEIGHT.named, name: 'Authorization' };
}

function endOf(view: ByteView, from: number, set: Uint8Array): number | 'more' {
  let at = from;
  const last = from + MAX_VALUE;
  while (at < view.end && at < last && set[view.bytes[at] ?? 0] === 1) at += 1;
  return at >= view.end && at < last && !view.final ? 'more' : at;
}

const LINE = complement(toByteSet('\r\n'));
const MAX_COMMAND = 400;

/** `curl -u user:password`, `sshpass -p password`. @param from behind the name of the command */
export function findCommandPassword(view: ByteView, from: number, source: TextSource): Found {
  let end = from;
  const last = from + MAX_COMMAND;
  while (end < view.end && end < last && LINE[view.bytes[end] ?? 0] === 1) end += 1;
  if (end >= view.end && end < last && !view.final) return 'more';
  const text = textOf(view, from, end).split(/curl|sshpass/i, 1)[0] ?? '';
  const match =
    /^(?:[^|;&]{0,300}?\s)?(?:-u|--user)[\s=]\s{0,3}["']?[^\s:"'$]{1,100}:([^\s"'|;&]{3,200})/.exec(
      text,
    ) ?? /^\s{0,3}-p\s{0,3}["']?([^\s"'|;&]{3,200})/.exec(text);
  const password = match?.[1];
  if (match === null || password === undefined || isGap(password) || /\$/.test(password))
    return null;
  if (/^(?:pass(?:word)?|pwd|x|api_token|x-oauth-basic)$/i.test(password)) return null;
  const start = from + match.index + match[0].length - password.length;
  const kind = kindOf('command-password');
  const why = 'a password in the arguments of a command';
  const tier = tierIn(source, isRandomText(password) ? 'block' : 'warn');
  return { kind, tier, why, start, end: start + password.length, weight: WEIGHT.named, name: null };
}
