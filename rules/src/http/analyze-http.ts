/**
 * From one HTTP request to its facts. Pure: bytes in, facts out. Whatever cannot be read is an `unknown` operation, and
 * what could be read in several ways is judged in each, the strictest of which counts.
 * SECURITY(P-02): no request leaves here without an operation.
 */

import type { HttpFacts, HttpOperation, JsonValue } from '../facts/http-facts.ts';
import type { SqlParser } from '../sql/parser.ts';
import { speakingPacks } from './compile-pack.ts';
import type { CompiledPack } from './compile-pack.ts';
import { isObject } from './condition.ts';
import { valuesOf } from './field-list.ts';
import { isGraphql, judgeGraphql, judgeGraphqlMessage } from './graphql-request.ts';
import { judgeOne } from './judge-request.ts';
import { MAX_BODY_BYTES, MAX_OPERATIONS, MAX_START_BYTES, SMALL_BODY_BYTES } from './limits.ts';
import { unknownOperation } from './operations.ts';
import type { Pack } from './pack.ts';
import { readBareText, readBody } from './read-body.ts';
import type { ReadBody } from './read-body.ts';
import { readJson } from './read-json.ts';
import { readTarget, valuesOfPair } from './request-target.ts';
import type { RequestTarget } from './request-target.ts';
import { judgesByBody } from './judge-request.ts';
import type { BodyNeed, HttpRequest, HttpRequestHead, SocketMessage } from './request.ts';

/** What is known of the resource that a request goes to. */
export interface HttpKnowledge {
  /** The packs of the resource. Those whose hosts cover the request's host speak, or all of them when none does. */
  readonly packs: readonly Pack[];
  /** The grammar for SQL in bodies; null: every such body counts as one that cannot be looked into. */
  readonly sql: SqlParser | null;
}

/** Bodies that hold bytes and no words; the route alone says what happens to them. */
const BULK =
  /^(image|video|audio|font)\/|^application\/(octet-stream|zip|gzip|x-gzip|x-tar|pdf|x-tgz|wasm|vnd\.docker\.|vnd\.oci\.)/i;

/**
 * Whether the body has to be read before the request can be judged. A caller whose transport says otherwise that there
 * is a body (HTTP/2) puts `content-length` or `transfer-encoding` into `fields`.
 */
export function needsBody(head: HttpRequestHead, knowledge: HttpKnowledge): BodyNeed {
  const target = readTarget(head.target);
  const last = target.readings[0].at(-1) ?? '';
  if (last === 'git-receive-pack' && head.method === 'POST')
    return { need: 'start', maxBytes: MAX_START_BYTES };
  if (last === 'git-upload-pack') return { need: 'nothing' };
  const [length] = valuesOf(head.fields, 'content-length');
  const chunked = valuesOf(head.fields, 'transfer-encoding').length > 0;
  if (length === '0' || (length === undefined && !chunked && isUsuallyEmpty(head.method)))
    return { need: 'nothing' };
  const whole: BodyNeed = { need: 'whole', maxBytes: MAX_BODY_BYTES };
  const packs = speakingPacks(knowledge.packs, head.host);
  const type = valuesOf(head.fields, 'content-type').join(',');
  return judgesByBody(head, target, { packs, bulk: BULK.test(type.trim()) && !isSmall(length) })
    ? whole
    : { need: 'nothing' };
}

function isSmall(length: string | undefined): boolean {
  return length !== undefined && /^\d+$/.test(length) && Number(length) <= SMALL_BODY_BYTES;
}

function isUsuallyEmpty(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE'].includes(method);
}

/** Facts of one request. Never throws. */
export function analyzeHttp(request: HttpRequest, knowledge: HttpKnowledge): HttpFacts {
  const target = readTarget(request.target);
  const body = readBody(request);
  const packs = speakingPacks(knowledge.packs, request.host);
  const operations = judge(request, { target, body, packs, sql: knowledge.sql });
  return toFacts(request, { target, body, packs, operations });
}

interface Read {
  readonly target: RequestTarget;
  readonly body: ReadBody;
  readonly packs: readonly CompiledPack[];
  readonly sql: SqlParser | null;
}

function judge(request: HttpRequest, read: Read): readonly HttpOperation[] {
  const { target, body, packs } = read;
  if (target.problem !== null) return [unknownOperation(target.problem)];
  const doubts = doubtsOf(request, target, body);
  try {
    const operations = isGraphql(target.readings[0], body, target.query)
      ? judgeGraphql(body, target.query, { packs, method: request.method })
      : judgeOne(request, read);
    const all = [...operations, ...doubts];
    if (all.length <= MAX_OPERATIONS) return all;
    return [...all.slice(0, MAX_OPERATIONS), unknownOperation('it holds too many operations')];
  } catch {
    // The call stack ran out or the reading has a fault: nothing is known of it.
    return [unknownOperation('the request could not be looked into')];
  }
}

/** What makes a request say two things at once. */
function doubtsOf(
  request: HttpRequest,
  target: RequestTarget,
  body: ReadBody,
): readonly HttpOperation[] {
  const doubts: HttpOperation[] = [];
  if (body.twice !== null) {
    doubts.push(
      unknownOperation('its body names one member twice, and servers differ in which they take'),
    );
  }
  const named = target.authority?.replace(/^.*@/, '').replace(/:\d+$/, '') ?? null;
  if (named !== null && named !== request.host)
    doubts.push(unknownOperation('its URL names another host'));
  if (valuesOf(request.fields, 'content-type').length > 1)
    doubts.push(unknownOperation('it has two content types'));
  return doubts;
}

function toFacts(
  head: HttpRequestHead,
  found: {
    readonly target: RequestTarget;
    readonly body: ReadBody;
    readonly packs: readonly CompiledPack[];
    readonly operations: readonly HttpOperation[];
  },
): HttpFacts {
  const { target, body, packs, operations } = found;
  const secrets = target.query.filter(([name]) => SECRET_NAME.test(name)).map(([, value]) => value);
  const facts = {
    method: head.method.toUpperCase(),
    ...{ host: head.host, port: head.port, path: `/${target.readings[0].join('/')}` },
    ...{ query: target.query, provider: packs[0]?.pack.title ?? null, operations },
    json: body.json ?? fromForm(body),
  };
  return { ...facts, secretSpans: spansOf(toRequestText(head), secrets) };
}

const SECRET_NAME =
  /token|secret|password|passwd|signature|credential|api[-_]?key|^key$|^sig$|auth/i;

/** The request line as people are shown it: `DELETE https://api.example.com/v1/apps/shop`. */
export function toRequestText(head: HttpRequestHead): string {
  const usual =
    (head.scheme === 'https' && head.port === 443) || (head.scheme === 'http' && head.port === 80);
  const origin = `${head.scheme}://${head.host}${usual ? '' : `:${head.port}`}`;
  return `${head.method} ${head.target.startsWith('/') ? origin : `${origin} `}${head.target}`;
}

function spansOf(text: string, secrets: readonly string[]): HttpFacts['secretSpans'] {
  const spans = [];
  for (const [all, name, value] of text.matchAll(/[?&]([^=&#]*)=([^&#]*)/g)) {
    if (value === undefined || value === '' || name === undefined) continue;
    if (!SECRET_NAME.test(name) && !secrets.includes(value)) continue;
    const end = text.indexOf(all) + all.length;
    spans.push({ start: end - value.length, end });
  }
  return spans;
}

function fromForm(body: ReadBody): JsonValue {
  if (body.form.length === 0) return null;
  const names = [...new Set(body.form.map(([name]) => name))];
  return Object.fromEntries(
    names.map((name) => {
      const values = valuesOfPair(body.form, name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

/**
 * Facts of one message that a client sends on an upgraded connection. GraphQL is understood; whatever else is said there
 * is not.
 */
export function analyzeSocketMessage(
  head: HttpRequestHead,
  message: SocketMessage,
  knowledge: HttpKnowledge,
): HttpFacts {
  const target = readTarget(head.target);
  const packs = speakingPacks(knowledge.packs, head.host);
  const body = readBareText(message.kind === 'text' ? message.text : '');
  const operations = message.kind === 'text' ? judgeText(message.text, packs) : null;
  return toFacts(head, {
    ...{ target, body, packs },
    operations: operations ?? [unknownOperation('the message cannot be read')],
  });
}

function judgeText(text: string, packs: readonly CompiledPack[]): readonly HttpOperation[] | null {
  const read = readJson(text);
  if (!read.ok || !isObject(read.value)) return null;
  const found = judgeGraphqlMessage(read.value, packs);
  if (read.twice === null) return found;
  return [...found, unknownOperation('the message names one member twice')];
}
