import { describe, expect, test } from 'vitest';
import type { HttpOperation, JsonValue } from '../src/facts/http-facts.ts';
import { analyzeHttp } from '../src/http/analyze-http.ts';
import type { Pack, PackCondition, PackOperation } from '../src/http/pack.ts';
import type { HttpRequest } from '../src/http/request.ts';
import { loadSqlParser } from '../src/sql/parser.ts';
import { PACKS } from './all.ts';

const SQL = await loadSqlParser();

/** A request that is what `match` says, with every name filled in. */
export function sampleOf(pack: Pack, match: string, body: JsonValue, text?: string): HttpRequest {
  const [, word, rest = ''] = /^(mutation|query|subscription|action|k8s) (.+)$/.exec(match) ?? [];
  if (word === 'action') return actionSample(rest, body, text);
  if (word === 'k8s') return kubernetesSample(rest);
  if (word !== undefined) return graphqlSample(pack, word, rest, body);
  const [, label, methods = '', path = ''] = /^(?:(\S+) )?([A-Z|]+) (\/\S*)$/.exec(match) ?? [];
  const [method = 'GET'] = methods.split('|');
  const target = path.replace(/\{(\w+)\+\}/g, 'deep/$1-1').replace(/\{(\w+)\}/g, '$1-1');
  return request({ host: hostOf(pack, label, path), method, target, body, text });
}

function hostOf(pack: Pack, label: string | undefined, path: string): string {
  const [first = 'api.test'] = pack.hosts;
  if (label !== undefined) return first.replace('*', label);
  if (path === '/sql') return 'ep-x.neon.tech';
  return first.startsWith('*.') ? `x${first.slice(1)}` : first;
}

function actionSample(action: string, body: JsonValue, text?: string): HttpRequest {
  const [endpoint = '', name = ''] = action.split(':');
  const host = `${endpoint}.eu-west-1.amazonaws.com`;
  const fields = [
    'X-Amz-Target',
    `Service_2020.${name}`,
    'Content-Type',
    'application/x-amz-json-1.1',
  ];
  return { ...request({ host, method: 'POST', target: '/', body, text }), fields };
}

function graphqlSample(pack: Pack, operation: string, field: string, args: JsonValue): HttpRequest {
  const host = pack.hosts.find((name) => !name.startsWith('api.machines')) ?? 'api.test';
  const query = `${operation} Op($input: JSON) { ${field}(id: "thing-1", input: $input) { id } }`;
  return request({
    host,
    method: 'POST',
    target: '/graphql',
    body: { query, variables: { input: args } },
  });
}

function kubernetesSample(words: string): HttpRequest {
  const [verb = '', resource = ''] = words.split(' ');
  const cluster = /^(namespaces|nodes|persistentvolumes|customresourcedefinitions)$/.test(resource);
  const place = cluster ? '' : 'namespaces/shop/';
  const target = `/api/v1/${place}${resource}${verb === 'deletecollection' ? '' : '/thing-1'}`;
  return request({ host: 'cluster.test', method: 'DELETE', target, body: null });
}

function request(parts: {
  readonly host: string;
  readonly method: string;
  readonly target: string;
  readonly body: JsonValue;
  readonly text?: string | undefined;
}): HttpRequest {
  const { host, method, target, body, text } = parts;
  const bytes = new TextEncoder().encode(text ?? JSON.stringify(body));
  const none = body === null && text === undefined;
  return {
    ...{ method, scheme: 'https', host, port: 443, target },
    fields: none ? [] : ['content-type', 'application/json'],
    body: none ? { kind: 'none' } : { kind: 'whole', bytes },
  };
}

/** A body that holds what a condition asks for. */
function bodyFor(condition: PackCondition | undefined): {
  readonly body: JsonValue;
  readonly text?: string;
} {
  if (condition === undefined) return { body: {} };
  if ('contains' in condition) {
    const [first = ''] = condition.contains;
    return first.startsWith('<')
      ? { body: {}, text: first }
      : {
          body: { changes: [{ type: first.replace(/["{}]/g, '') }] },
          ...(first.includes(':') ? { text: `{${first}}` } : {}),
        };
  }
  const value = condition.values?.[0] ?? 'x';
  const given = condition.values === undefined ? 'x' : condition.values[0] === null ? null : value;
  if ('has' in condition) return { body: { deep: [{ [condition.has]: given }] } };
  const path = 'at' in condition ? condition.at : condition.notAt;
  return {
    body: path
      .split('.')
      .reduceRight<JsonValue>((inner, step) => ({ [step === '*' ? 'x' : step]: inner }), given),
  };
}

function judge(pack: Pack, sample: HttpRequest): readonly HttpOperation[] {
  return analyzeHttp(sample, { packs: [pack], sql: SQL }).operations;
}

function describeSample({ method, host, target }: HttpRequest): string {
  return `${method} https://${host}${target}`;
}

const RANK = { critical: 3, high: 2, medium: 1 } as const;

/** Found, when it is asked about no less strictly than the pack says. */
function isFound(entry: PackOperation, found: readonly HttpOperation[]): boolean {
  return found.some(({ kind, severity }) => {
    if (kind === 'unknown') return false;
    if (entry.kind !== 'destroy') return kind === entry.kind || kind === 'destroy';
    return kind === 'destroy' && RANK[severity ?? 'medium'] >= RANK[entry.severity ?? 'medium'];
  });
}

function isQuiet(found: readonly HttpOperation[]): boolean {
  return found.every(({ kind }) => kind === 'read' || kind === 'write');
}

function sameVersion(match: string): string {
  return match.replace(/\/v\d+\//, '/v1/');
}

const STRICT = new Set(['destroy', 'reveal', 'mint']);

describe.each(PACKS.map((pack) => [pack.name, pack] as const))('the pack %s', (_name, pack) => {
  const strict = pack.operations.filter(({ kind }) => STRICT.has(kind));
  const mild = pack.operations.filter(({ kind }) => !STRICT.has(kind));

  const missed = strict.filter((entry) => {
    const { body, text } = bodyFor(entry.when);
    return !isFound(entry, judge(pack, sampleOf(pack, entry.match, body, text)));
  });

  test('finds every operation it lists', () => {
    expect(missed.map(({ match }) => match)).toEqual([]);
  });

  test('lets ordinary work pass, at least as much of it as it finds', () => {
    const routes = strict.map(({ match }) => /^((?:\S+ )?)DELETE (\/\S+)$/.exec(match));
    const siblings = routes.flatMap((found) =>
      found === null ? [] : [`${found[1] ?? ''}GET ${found[2] ?? ''}`],
    );
    const revealing = new Set(
      pack.operations
        .filter(({ kind }) => kind === 'reveal')
        .map(({ match }) => sameVersion(match)),
    );
    const reads = [...new Set(siblings)].filter(
      (match) => !revealing.has(sameVersion(match)) && !/creden/.test(match),
    );
    const all = [...pack.quiet, ...reads, ...mild.map(({ match }) => match)];
    const loud = all
      .map((match) =>
        sampleOf(pack, match, match.includes(' GET ') || match.startsWith('GET') ? null : {}),
      )
      .filter((sample) => !isQuiet(judge(pack, sample)));
    console.info(
      `${pack.title}: ${strict.length - missed.length} of ${strict.length} found, ${all.length - loud.length} of ${all.length} quiet`,
    );
    expect(loud.map(describeSample)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(strict.length);
  });

  test('says where its facts are from', () => {
    expect(pack.source.length).toBeGreaterThan(10);
    expect(pack.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  });
});
