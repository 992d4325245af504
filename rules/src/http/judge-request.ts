/**
 * One request that is none of GraphQL to operations: by the dialect of its provider, the routes of its packs, and general
 * reasoning. Each way to read its path and its method is judged; the strictest counts.
 */

import type { HttpTarget } from '../facts/http-deed.ts';
import type { HttpOperation } from '../facts/http-facts.ts';
import type { SqlParser } from '../sql/parser.ts';
import { judgeAction, judgeAwsNamed, judgeS3, placeOf } from './aws.ts';
import type { AwsRequest } from './aws.ts';
import { findRoutes } from './compile-pack.ts';
import type { CompiledPack, RouteMatch } from './compile-pack.ts';
import { holds } from './condition.ts';
import type { ConditionInput } from './condition.ts';
import { isBatch, readBatch } from './envelopes.ts';
import { valuesOf } from './field-list.ts';
import { judgeGenerally } from './general-route.ts';
import { judgePush } from './git-push.ts';
import { judgeKubernetes, readKubernetesUrl } from './kubernetes.ts';
import {
  plainOperation,
  shorten,
  strictestOf,
  toNoun,
  toOperation,
  unknownOperation,
} from './operations.ts';
import type { PackDialect, PackOperation } from './pack.ts';
import { readBareText } from './read-body.ts';
import type { ReadBody } from './read-body.ts';
import type { HttpRequestHead } from './request.ts';
import { readTarget, valuesOfPair } from './request-target.ts';
import type { PathSegments, RequestTarget } from './request-target.ts';
import { judgeCarriedSql } from './carried-sql.ts';

/** A request with its target and body read. */
export interface Readings {
  readonly target: RequestTarget;
  readonly body: ReadBody;
  readonly packs: readonly CompiledPack[];
  readonly sql: SqlParser | null;
}

/** Fields, names of a query and of a form by which a request says that it means another method. */
const OVERRIDES = [
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  '_method',
  '$httpmethod',
];

/** Every method that a server may take a request for. */
function methodsOf(
  head: HttpRequestHead,
  { target, body }: Pick<Readings, 'target' | 'body'>,
): readonly string[] {
  const others = OVERRIDES.flatMap((name) => [
    ...valuesOf(head.fields, name),
    ...valuesOfPair(target.query, name),
    ...valuesOfPair(body.form, name),
  ]);
  const named = others
    .map((method) => method.trim().toUpperCase())
    .filter((method) => /^[A-Z]+$/.test(method));
  return [...new Set([head.method.toUpperCase(), ...named])];
}

/** Batches in batches end here. */
const MAX_NESTING = 2;

/** Judges a request. Never empty. */
export function judgeOne(
  head: HttpRequestHead,
  read: Readings,
  nesting = 0,
): readonly HttpOperation[] {
  const dialect = dialectOf(read.packs);
  const [first] = read.target.readings;
  if (
    isBatch(first) &&
    head.method.toUpperCase() === 'POST' &&
    (read.body.json !== null || read.body.parts !== null)
  ) {
    const inner = judgeBatch(head, read, nesting);
    if (inner !== null) return inner;
  }
  if (first.at(-1) === 'git-receive-pack' && head.method.toUpperCase() === 'POST') {
    return judgePush(
      read.body.bytes,
      first
        .slice(0, -1)
        .join('/')
        .replace(/\.git$/, ''),
    );
  }
  if (first.at(-1) === 'git-upload-pack')
    return [plainOperation('fetch', 'read', { does: `fetches ${first.slice(0, -1).join('/')}` })];
  const named = dialect === 'aws' ? judgeNamed(head, read) : [];
  if (named.length > 0) return withSql(named, head, read);
  const routed = strictestReading(head, read, dialect);
  return withSql([routed], head, read);
}

function dialectOf(packs: readonly CompiledPack[]): PackDialect | null {
  for (const { pack } of packs) if (pack.dialect !== undefined) return pack.dialect;
  return null;
}

function judgeNamed(head: HttpRequestHead, read: Readings): readonly HttpOperation[] {
  return judgeAwsNamed(toAws(head, read, read.target.readings[0]), read.packs);
}

function toAws(
  head: HttpRequestHead,
  { target, body }: Readings,
  segments: PathSegments,
): AwsRequest {
  const place = placeOf(head);
  return { head, place, segments, query: target.query, body, input: inputOf({ target, body }) };
}

function inputOf({ target, body }: Pick<Readings, 'target' | 'body'>): ConditionInput {
  return {
    value: body.json,
    pairs: [...target.query, ...body.form],
    text: body.text,
    unclear: body.state === 'unreadable' || body.twice !== null,
  };
}

function strictestReading(
  head: HttpRequestHead,
  read: Readings,
  dialect: PackDialect | null,
): HttpOperation {
  const [method = '', ...overrides] = methodsOf(head, read);
  const [segments, ...others] = read.target.readings;
  const judgeBoth = (verb: string, path: PathSegments): HttpOperation =>
    judgeRoute(head, read, { verb, path, dialect });
  const again = [method, ...overrides].flatMap((verb) =>
    others.map((path) => judgeBoth(verb, path)),
  );
  return strictestOf([
    judgeBoth(method, segments),
    ...overrides.map((verb) => judgeBoth(verb, segments)),
    ...again,
  ]);
}

interface Reading {
  readonly verb: string;
  readonly path: PathSegments;
  readonly dialect: PackDialect | null;
}

function judgeRoute(
  head: HttpRequestHead,
  read: Readings,
  { verb, path, dialect }: Reading,
): HttpOperation {
  const method = verb === 'HEAD' ? 'GET' : verb;
  const input = inputOf(read);
  const request = { method, host: head.host, segments: path, query: read.target.query };
  const matches = read.packs.flatMap((pack) => findRoutes(pack.routes, request));
  const [first, ...others] = matches.map((match) => fromMatch(match, input));
  if (first !== undefined) return strictestOf([first, ...others]);
  if (dialect === 'kubernetes') {
    const { query } = read.target;
    return judgeKubernetes(readKubernetesUrl(method, path, query), method, {
      query,
      input,
      packs: read.packs,
      bodyless: read.body.state === 'none',
    });
  }
  if (dialect === 'aws') return judgeAwsRoute(head, read, { verb: method, path, dialect });
  return judgeGenerally(method, path);
}

function judgeAwsRoute(
  head: HttpRequestHead,
  read: Readings,
  { verb, path }: Reading,
): HttpOperation {
  const request = toAws(head, read, path);
  if (request.place.service === 's3') return judgeS3(verb, request);
  if (verb === 'POST' && path.length === 0) {
    return unknownOperation(
      'it does not say which operation of AWS it means, or its body cannot be read',
    );
  }
  // Newer services name the operation in the path: `POST /v1/deletejobqueue`, `POST /CreateAgent`.
  const last = path.at(-1) ?? '';
  if (verb === 'POST' && /^[A-Z][a-z]+[A-Z]/.test(last))
    return judgeAction(last, request, read.packs);
  return judgeGenerally(verb, path);
}

function fromMatch(
  { value, route, names }: RouteMatch<PackOperation>,
  input: ConditionInput,
): HttpOperation {
  const target = targetOf(value.match, names);
  const details = { name: route.text, target, names: { ...names, id: target?.id ?? undefined } };
  if (value.when === undefined || holds(value.when, input)) return toOperation(value, details);
  const [method = ''] = route.methods;
  const kind = method === 'GET' ? 'read' : 'write';
  const on =
    target === null ? route.text : `the ${target.kind} ${shorten(target.id ?? 'of unknown id')}`;
  const does = `${kind === 'read' ? 'reads' : 'changes'} ${on}`;
  return { name: route.text, kind, severity: null, target, does, via: [] };
}

/** The last name of a template is what it is about, the others are where that is. */
function targetOf(template: string, names: Readonly<Record<string, string>>): HttpTarget | null {
  const path = template.replace(/^.*? (?=\/)/, '').split('?')[0] ?? '';
  const segments = path.split('/').filter((segment) => segment !== '');
  const entries = Object.entries(names);
  const last = entries.at(-1);
  if (last === undefined) return { kind: toNoun(segments.at(-1) ?? 'thing'), id: null, parts: {} };
  const at = segments.findIndex((segment) => segment.startsWith(`{${last[0]}`));
  const ends = at === segments.length - 1;
  const kind = ends ? toNoun(segments[at - 1] ?? last[0]) : toNoun(segments[at - 1] ?? last[0]);
  const parts = Object.fromEntries(
    entries.slice(0, -1).map(([name, value]) => [toNoun(name) || name, value]),
  );
  return { kind, id: last[1], parts };
}

function judgeBatch(
  head: HttpRequestHead,
  read: Readings,
  nesting: number,
): readonly HttpOperation[] | null {
  const inner = readBatch(read.body);
  if (inner === null) return [unknownOperation('the batch cannot be read')];
  if (nesting >= MAX_NESTING) return [unknownOperation('the batch holds batches')];
  return inner.flatMap(({ method, target, body }, at) => {
    const readings: Readings = { ...read, target: readTarget(target), body: readBareText(body) };
    const operations = judgeOne({ ...head, method, target, fields: [] }, readings, nesting + 1);
    return operations.map((operation) => ({
      ...operation,
      via: [`batch entry ${at + 1}`, ...operation.via],
    }));
  });
}

function withSql(
  operations: readonly HttpOperation[],
  head: HttpRequestHead,
  read: Readings,
): readonly HttpOperation[] {
  const carried = judgeCarriedSql(head, read);
  const [first, ...others] = operations;
  if (carried === null || first === undefined) return operations;
  const kind = first.kind === 'destroy' || first.kind === 'unknown' ? 'write' : first.kind;
  return [{ ...first, kind, severity: null, does: 'runs SQL', sql: carried }, ...others];
}

/** Whether the body of a request says what happens, or the route alone does. */
export function judgesByBody(
  head: HttpRequestHead,
  target: RequestTarget,
  { packs, bulk }: { readonly packs: readonly CompiledPack[]; readonly bulk: boolean },
): boolean {
  if (!bulk) return !isObjectUpload(head, target, packs);
  const method = head.method.toUpperCase();
  const path = target.readings[0];
  if (dialectOf(packs) === 'aws') return method === 'POST' && placeOf(head).service !== 's3';
  if (path.some((segment) => /^(graphql|gql|\$?batch)$/i.test(segment))) return true;
  const request = { method, host: head.host, segments: path, query: target.query };
  return packs.some(
    (pack) =>
      findRoutes(pack.routes, request).some(({ value }) => value.when !== undefined) ||
      findRoutes(pack.sqlRoutes, request).length > 0,
  );
}

/** Files that go to a bucket: of any type, and of any size. */
function isObjectUpload(
  head: HttpRequestHead,
  target: RequestTarget,
  packs: readonly CompiledPack[],
): boolean {
  if (dialectOf(packs) !== 'aws' || head.method !== 'PUT') return false;
  const place = placeOf(head);
  const key = place.bucket === null ? target.readings[0].length > 1 : target.readings[0].length > 0;
  return place.service === 's3' && key;
}
