/** Addresses with a password in them, by RFC 3986 and by what people write in spite of it. */

import { DIGITS, LETTERS, SPACE, complement, toByteSet, union } from './byte-set.ts';
import { isFiller } from './filler.ts';
import { isGap } from './harmless-value.ts';
import { kindOf } from './kinds.ts';
import { WEIGHT, textOf } from './match.ts';
import type { Found, TextSource } from './match.ts';
import type { ByteView } from './match-shape.ts';
import type { Tier } from './secret-kind.ts';
import { isRandomText, surpriseOf } from './surprise.ts';

const SCHEME = union(LETTERS, DIGITS, toByteSet('+.-'));
const MAX_SCHEME = 30;
const MAX_AUTHORITY = 600;
const AUTHORITY = complement(union(SPACE, toByteSet('/?#"\'`<>\\,;(){}|^')));

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:postgres(?:ql)?|cockroachdb|redshift)(?:\+\w+)?$/, 'url-postgres'],
  [/^(?:mysqlx?|mariadb)(?:[+\w.-]*)$/, 'url-mysql'],
  [/^mongodb(?:\+srv)?$/, 'url-mongodb'],
  [/^(?:rediss?|valkeys?)(?:\+\w+)?$/, 'url-redis'],
  [/^(?:sqlserver|mssql|jtds)(?:\+\w+)?$/, 'url-sqlserver'],
  [
    /^(?:clickhouse|cassandra|couchbase|couchdb|neo4j|bolt|oracle|snowflake|elasticsearch|influxdb|db2|libsql|rethinkdb|arangodb|presto|trino|hive|impala|memcached?|etcd)(?:[+\w.-]*)$/,
    'url-database',
  ],
  [/^(?:amqps?|rabbitmq|stomp|mqtts?|kafka|nats|pulsar)(?:[+\w.-]*)$/, 'url-amqp'],
  [/^git(?:\+\w+)?$/, 'url-git'],
  [/^(?:smtps?|imaps?|pop3s?|mailgun|sendgrid)(?:\+\w+)?$/, 'url-mail'],
  [/^(?:s?ftps?|ftpes|ssh|scp|smb|cifs|nfs|webdavs?)$/, 'url-ftp'],
  [/^ldaps?$/, 'url-ldap'],
  [/^(?:https?|wss?)$/, 'url-web'],
];

const GIT_HOST = /(?:^|\.)(?:github|gitlab|bitbucket|azure|visualstudio|codeberg|gitea)\b/i;
/** RFC 2606, RFC 6761, and what examples call their hosts. */
const EXAMPLE_HOST =
  /(?:^|\.)(?:example|test|invalid|local(?:host)?)$|(?:^|\.)example\.(?:com|org|net)$|^(?:host(?:name)?|server|domain|my-?\w*|your-?\w*|foo|bar|some\w*|db|database|proxy|site|url|[a-z])(?:\.\w{2,4})?$/i;
const HERE = /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)$/i;

/** @param hit where `://` begins */
export function findUrlPassword(view: ByteView, hit: number, source: TextSource): Found {
  const scheme = readScheme(view, hit);
  if (scheme.length < 2) return null;
  const from = hit + 3;
  const end = endOfAuthority(view, from);
  if (end === 'more') return 'more';
  const authority = textOf(view, from, end);
  const at = authority.lastIndexOf('@');
  if (at < 1) return null;
  const user = authority.slice(0, at);
  const colon = user.indexOf(':');
  const host = authority.slice(at + 1).replace(/:\d*$/, '');
  const kind = kindOf(kindIdOf(scheme, host));
  const where = { kind, weight: WEIGHT.structure, name: null };
  if (colon === -1) {
    if (kind.id !== 'url-git' || user.length < 20 || !isRandomText(user)) return null;
    const why = 'a token in front of the host';
    return { ...where, tier: source.trial ? 'warn' : 'block', why, start: from, end: from + at };
  }
  const password = decode(user.slice(colon + 1));
  const parts = { user: user.slice(0, colon), password, host };
  const tier = judgePassword(parts, source);
  if (tier === null) return null;
  const why = 'a password between user and host';
  return { ...where, tier, why, start: from + colon + 1, end: from + at };
}

function readScheme({ bytes, start }: ByteView, hit: number): string {
  let at = hit;
  const first = Math.max(start, hit - MAX_SCHEME);
  while (at > first && SCHEME[bytes[at - 1] ?? 0] === 1) at -= 1;
  return Buffer.from(bytes.subarray(at, hit))
    .toString('latin1')
    .toLowerCase()
    .replace(/^[^a-z]+/, '');
}

function endOfAuthority(view: ByteView, from: number): number | 'more' {
  let at = from;
  const last = from + MAX_AUTHORITY;
  while (at < view.end && at < last && AUTHORITY[view.bytes[at] ?? 0] === 1) at += 1;
  return at >= view.end && at < last && !view.final ? 'more' : at;
}

function kindIdOf(scheme: string, host: string): string {
  const found = KINDS.find(([pattern]) => pattern.test(scheme))?.[1] ?? 'url-other';
  return found === 'url-web' && GIT_HOST.test(host) ? 'url-git' : found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded, whatever it looks like.
    return text;
  }
}

interface UrlParts {
  readonly user: string;
  readonly password: string;
  readonly host: string;
}

function judgePassword({ user, password, host }: UrlParts, source: TextSource): Tier | null {
  if (password === '' || host === '' || isGap(password) || /[$%{}[\]*]/.test(host)) return null;
  if (source.kind === 'example' || password.length < 3) return null;
  if (isFiller(password) && !/[a-z]/i.test(password)) return null;
  const weak = isWeak(user, password);
  if (source.kind === 'environment' || source.kind === 'credentials') {
    if (weak && HERE.test(host)) return 'warn';
    return EXAMPLE_HOST.test(host) && weak ? null : source.trial ? 'warn' : 'block';
  }
  if (weak || (EXAMPLE_HOST.test(host) && !isStrong(password))) return null;
  return source.trial || HERE.test(host) || source.kind === 'generated' ? 'warn' : 'block';
}

/** What examples and trial databases use: words, and the user's own name. */
function isWeak(user: string, password: string): boolean {
  const word = password.toLowerCase();
  if (word === user.toLowerCase() || word.length < 4) return true;
  if (
    /pass|secret|token|user|admin|root|guest|test|postgres|mysql|redis|mongo|rabbit|1234/.test(word)
  ) {
    return !isStrong(password);
  }
  return /^[a-z]{1,8}$/.test(word) && surpriseOf(word) < 7;
}

function isStrong(password: string): boolean {
  return password.length >= 10 && /\d/.test(password) && surpriseOf(password) >= 6.5;
}
