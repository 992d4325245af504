/**
 * What a route does that no pack lists, by its method and its words. It errs towards asking for what takes away, and
 * towards silence for reads.
 */

import type { HttpTarget } from '../facts/http-deed.ts';
import type { HttpOperation } from '../facts/http-facts.ts';
import { plainOperation, shorten, toNoun } from './operations.ts';
import type { PathSegments } from './request-target.ts';
import { harmOf, toWords, weightOf } from './words.ts';

/** Methods that read: RFC 9110 section 9.2.1, WebDAV, and the newer QUERY. */
const READING = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'REPORT',
  'SEARCH',
  'QUERY',
]);

/** Answers of these hold credentials, by the last word of the path. */
const REVEALING =
  /^(credentials?|config-vars|connection[-_]?(info|uri|url|string|strings)|kubeconfig|reveal(_password)?|keystring|private[-_]?key|access[-_]?token|secret[-_]?value|master[-_]?key|service[-_]?key)$/i;

/** Making one of these makes a credential. */
const MINTING =
  /^((personal[-_]|access[-_]|api[-_]|auth[-_]|service[-_]|deploy[-_]|refresh[-_]|registration[-_]|authentication[-_])?tokens?|api[-_]?keys?|access[-_]?keys?|deploy[-_]?keys?|ssh[-_]?keys?|service[-_]?account[-_]?keys?|passwords?|credentials?|regenerate.*|roll[-_]?key|keys)$/i;

/** What Azure and others call an answer with keys in it. */
const LISTING_SECRETS =
  /^(list|get|show|fetch|reveal).*(keys?|secrets?|credentials?|connectionstrings?|sas|tokens?|passwords?)$/i;

/** Last words of a POST that reads. */
const READING_POST =
  /^(search|query|list.*|get.*|describe.*|find.*|lookup|validate|preview|estimate|check.*|verify|test.*|count|aggregate|export|diff|plan|dry-?run|explain|batchget|simulate|resolve|analyze|markdown|graphql-schema)$/i;

/** Judges one reading of a route. */
export function judgeGenerally(method: string, segments: PathSegments): HttpOperation {
  const name = `${method} /${segments.map(shorten).join('/')}`;
  const target = targetOf(segments);
  if (READING.has(method)) return judgeReading(name, segments, target);
  if (method === 'DELETE' || method === 'UNLINK') return judgeDelete(name, segments, target);
  if (method === 'PURGE') {
    return plainOperation(name, 'destroy', { severity: 'medium', target, does: 'purges a cache' });
  }
  return judgeChange(name, segments, target);
}

function judgeReading(
  name: string,
  segments: PathSegments,
  target: HttpTarget | null,
): HttpOperation {
  const last = segments.at(-1) ?? '';
  if (REVEALING.test(afterColon(last))) {
    return plainOperation(name, 'reveal', {
      target,
      does: `shows ${toNoun(last)} of ${describe(target)}`,
    });
  }
  // A link that destroys is against every convention, and exists.
  if (segments.length > 1 && toWords(last).length === 1 && harmOf(last) === 'destroy') {
    return destroying(name, last, target);
  }
  return plainOperation(name, 'read', { target, does: `reads ${describe(target)}` });
}

function judgeDelete(
  name: string,
  segments: PathSegments,
  target: HttpTarget | null,
): HttpOperation {
  const weight = weightOf(target?.kind ?? 'thing');
  const does = `deletes ${describe(target)}`;
  if (weight === 'trifle') return plainOperation(name, 'write', { target, does });
  return plainOperation(name, 'destroy', {
    severity: segments.length === 0 ? 'critical' : weight,
    ...{ target, does },
  });
}

function judgeChange(
  name: string,
  segments: PathSegments,
  target: HttpTarget | null,
): HttpOperation {
  const last = afterColon(segments.at(-1) ?? '');
  if (LISTING_SECRETS.test(last)) {
    return plainOperation(name, 'reveal', {
      target,
      does: `shows credentials of ${describe(target)}`,
    });
  }
  const acting = actingWord(segments);
  if (acting !== null) return destroying(name, acting, target);
  const creates = name.startsWith('POST ') || name.startsWith('PUT ');
  if (creates && MINTING.test(last)) {
    return plainOperation(name, 'mint', { target, does: `makes a credential: ${shorten(last)}` });
  }
  if (name.startsWith('POST ') && READING_POST.test(last)) {
    return plainOperation(name, 'read', { target, does: `asks about ${describe(target)}` });
  }
  return plainOperation(name, 'write', { target, does: `changes ${describe(target)}` });
}

/** The word of a path that says what is done: the last one, a `:verb`, or one right before an id or a confirmation. */
function actingWord(segments: PathSegments): string | null {
  const last = segments.at(-1) ?? '';
  if (harmOf(afterColon(last)) !== null && !looksLikeId(last)) return afterColon(last);
  const before = segments.at(-2) ?? '';
  return segments.length > 2 && toWords(before).length === 1 && harmOf(before) !== null
    ? before
    : null;
}

function destroying(name: string, word: string, target: HttpTarget | null): HttpOperation {
  const weight = weightOf(target?.kind ?? 'thing');
  const grave = harmOf(word) === 'destroy' && weight === 'critical';
  return plainOperation(name, 'destroy', {
    severity: grave ? 'critical' : 'high',
    ...{ target, does: `does \`${shorten(word)}\` to ${describe(target)}` },
  });
}

/** Long numbers, hexadecimal, UUIDs: nobody's verb. */
function looksLikeId(text: string): boolean {
  return (
    /^\d+$/.test(text) || /^[0-9a-f-]{16,}$/i.test(text) || /^[a-z]+[_-][0-9a-z]{8,}$/i.test(text)
  );
}

function afterColon(segment: string): string {
  const colon = segment.lastIndexOf(':');
  return colon <= 0 ? segment : segment.slice(colon + 1);
}

/** Versions and prefixes of an API name nothing. */
const PREFIX = /^(v\d+.*|api|rest|client|apis|actions|\d{4}-\d\d-\d\d)$/i;

/** What a path is about: its last pair of a kind and an id. */
function targetOf(segments: PathSegments): HttpTarget | null {
  const useful = segments.filter((segment) => !PREFIX.test(segment));
  const colon = useful.map((segment) => (segment.indexOf(':') > 0 ? cutVerb(segment) : segment));
  const words =
    colon.at(-1) !== undefined && harmOf(colon.at(-1) ?? '') !== null && colon.length > 1
      ? colon.slice(0, -1)
      : colon;
  const last = words.at(-1);
  if (last === undefined) return null;
  const kind = words.at(-2);
  if (kind === undefined || looksLikeId(kind)) return { kind: toNoun(last), id: null, parts: {} };
  // `/apps/shop/env`: a part of something is named by that something.
  const collection = /s$/i.test(last) && !/s$/i.test(kind);
  return collection
    ? { kind: toNoun(last), id: null, parts: {} }
    : { kind: toNoun(kind), id: last, parts: partsOf(words.slice(0, -2)) };
}

function cutVerb(segment: string): string {
  const verb = segment.slice(segment.lastIndexOf(':') + 1);
  return /^[a-zA-Z]+$/.test(verb) ? segment.slice(0, segment.lastIndexOf(':')) : segment;
}

function partsOf(words: readonly string[]): Readonly<Record<string, string>> {
  const parts: Record<string, string> = {};
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [kind = '', id = ''] = words.slice(at, at + 2);
    parts[toNoun(kind)] = id;
  }
  return parts;
}

function describe(target: HttpTarget | null): string {
  if (target === null) return 'the whole of it';
  return target.id === null
    ? `\`${target.kind}\` as a whole`
    : `the ${target.kind} ${shorten(target.id)}`;
}
