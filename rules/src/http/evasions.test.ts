import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RAILWAY } from '../../packs/railway.ts';
import { PACKS, packsOf } from '../../packs/all.ts';
import type { HttpFacts } from '../facts/http-facts.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { analyzeHttp, analyzeSocketMessage, needsBody } from './analyze-http.ts';
import type { HttpRequest } from './request.ts';

const SQL = await loadSqlParser();
const RUNS = { numRuns: 300 };

interface Sketch {
  readonly method?: string;
  readonly url: string;
  readonly fields?: readonly string[];
  readonly body?: string | Uint8Array;
}

function toRequest({ method = 'POST', url, fields = [], body }: Sketch): HttpRequest {
  const [, scheme = '', host = '', target = ''] = /^(https?):\/\/([^/]+)(\/.*)$/s.exec(url) ?? [];
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return {
    ...{ method, scheme: scheme === 'http' ? 'http' : 'https', host, port: 443, target, fields },
    body: bytes === undefined ? { kind: 'none' } : { kind: 'whole', bytes },
  };
}

function analyze(sketch: Sketch, packs: readonly string[] = ['railway']): HttpFacts {
  return analyzeHttp(toRequest(sketch), { packs: packsOf(packs), sql: SQL });
}

function isQuiet(facts: HttpFacts): boolean {
  return facts.operations.every(
    ({ kind, sql = [] }) =>
      (kind === 'read' || kind === 'write') &&
      sql.every((effect) => effect.kind === 'read' || effect.kind === 'insert'),
  );
}

function kindsOf(facts: HttpFacts): string {
  return facts.operations.map(({ kind, severity }) => severity ?? kind).join(' ');
}

const URL = 'https://backboard.railway.com/graphql/v2';
const JSON_TYPE = ['Content-Type', 'application/json'];

function graphql(query: string, more: object = {}): Sketch {
  return { url: URL, fields: JSON_TYPE, body: JSON.stringify({ query, ...more }) };
}

const DELETE = 'mutation { volumeDelete(volumeId: "vol_1") }';

describe('the mutation of the incident', () => {
  test('is named, with its volume', () => {
    expect(analyze(graphql(DELETE)).operations).toMatchObject([
      {
        name: 'volumeDelete',
        kind: 'destroy',
        severity: 'critical',
        target: { kind: 'volume', id: 'vol_1' },
        graphql: { operation: 'mutation', field: 'volumeDelete', args: { volumeId: 'vol_1' } },
      },
    ]);
  });

  const big = `{"query": ${JSON.stringify(DELETE)}, "pad": "${'x'.repeat(100)}"}`;
  test.each<[string, Sketch]>([
    ['an alias', graphql('mutation { me: volumeDelete(volumeId: "v") }')],
    [
      'a fragment',
      graphql('mutation { ...F } fragment F on Mutation { volumeDelete(volumeId: "v") }'),
    ],
    [
      'fragments in fragments',
      graphql(
        'mutation { ...A } fragment A on Mutation { ...B } fragment B on Mutation { volumeDelete(volumeId: "v") }',
      ),
    ],
    [
      'an inline fragment',
      graphql('mutation { ... on Mutation { ... { volumeDelete(volumeId: "v") } } }'),
    ],
    [
      'a directive that leaves it out',
      graphql('mutation { volumeDelete(volumeId: "v") @skip(if: true) }'),
    ],
    [
      'a variable',
      graphql('mutation M($id: String!) { volumeDelete(volumeId: $id) }', {
        variables: { id: 'v' },
      }),
    ],
    [
      'a harmless neighbour first',
      graphql('mutation { volumeCreate(input: {}) { id } volumeDelete(volumeId: "v") }'),
    ],
    [
      'the second of two operations',
      graphql(
        `
          query A {
            me {
              id
            }
          }
          ${DELETE.replace('mutation', 'mutation B')}
        `,
        { operationName: 'B' },
      ),
    ],
    [
      'two operations and no name',
      graphql(`
        query A {
          me {
            id
          }
        }
        ${DELETE.replace('mutation', 'mutation B')}
      `),
    ],
    ['comments and commas', graphql('#,\n,mutation,{#x\n,volumeDelete,(volumeId:"v"),}')],
    [
      'a batch',
      {
        url: URL,
        fields: JSON_TYPE,
        body: JSON.stringify([{ query: '{ me { id } }' }, { query: DELETE }]),
      },
    ],
    ['the URL', { method: 'GET', url: `${URL}?query=${encodeURIComponent(DELETE)}` }],
    [
      'the URL beside a harmless body',
      { ...graphql('{ me { id } }'), url: `${URL}?query=${encodeURIComponent(DELETE)}` },
    ],
    [
      'the body beside a harmless URL',
      { ...graphql(DELETE), url: `${URL}?query=${encodeURIComponent('{ me { id } }')}` },
    ],
    [
      'two queries in the URL',
      { method: 'GET', url: `${URL}?query=%7Bme%7Bid%7D%7D&query=${encodeURIComponent(DELETE)}` },
    ],
    [
      'a member twice',
      {
        url: URL,
        fields: JSON_TYPE,
        body: `{"query": ${JSON.stringify(DELETE)}, "query": "{ me { id } }"}`,
      },
    ],
    [
      'a member twice, once escaped',
      {
        url: URL,
        fields: JSON_TYPE,
        body: `{"query": "{ me { id } }", "\\u0071uery": ${JSON.stringify(DELETE)}}`,
      },
    ],
    [
      'variables twice, deep',
      {
        url: URL,
        fields: JSON_TYPE,
        body: '{"query":"mutation M($p: JSON){environmentPatchCommit(environmentId:\\"e\\",patch:$p)}","variables":{"p":{"volumes":{"v":{"isDeleted":true,"isDeleted":false}}}}}',
      },
    ],
    [
      'a form',
      {
        url: URL,
        fields: ['Content-Type', 'application/x-www-form-urlencoded'],
        body: `query=${encodeURIComponent(DELETE)}`,
      },
    ],
    [
      'parts',
      {
        url: URL,
        fields: ['Content-Type', 'multipart/form-data; boundary=X'],
        body: `--X\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: DELETE })}\r\n--X--\r\n`,
      },
    ],
    [
      'application/graphql',
      { url: URL, fields: ['Content-Type', 'application/graphql'], body: DELETE },
    ],
    [
      'a type that lies',
      { url: URL, fields: ['Content-Type', 'image/png'], body: JSON.stringify({ query: DELETE }) },
    ],
    ['no type', { url: URL, body: JSON.stringify({ query: DELETE }) }],
    [
      'a byte order mark',
      { url: URL, fields: JSON_TYPE, body: `﻿${JSON.stringify({ query: DELETE })}` },
    ],
    [
      'UTF-16',
      {
        url: URL,
        fields: ['Content-Type', 'application/json; charset=utf-16le'],
        body: new Uint8Array(Buffer.from(JSON.stringify({ query: DELETE }), 'utf16le')),
      },
    ],
    [
      'an encoding nobody reads',
      {
        url: URL,
        fields: ['Content-Type', 'application/json; charset=utf-7'],
        body: JSON.stringify({ query: '{ me { id } }' }),
      },
    ],
    ['gzip', { url: URL, fields: [...JSON_TYPE, 'Content-Encoding', 'gzip'], body: gzipSync(big) }],
    [
      'brotli',
      { url: URL, fields: [...JSON_TYPE, 'Content-Encoding', 'br'], body: brotliCompressSync(big) },
    ],
    [
      'zstd',
      { url: URL, fields: [...JSON_TYPE, 'Content-Encoding', 'zstd'], body: zstdCompressSync(big) },
    ],
    [
      'deflate',
      { url: URL, fields: [...JSON_TYPE, 'Content-Encoding', 'deflate'], body: deflateSync(big) },
    ],
    [
      'raw deflate',
      {
        url: URL,
        fields: [...JSON_TYPE, 'Content-Encoding', 'deflate'],
        body: deflateRawSync(big),
      },
    ],
    [
      'two codings',
      {
        url: URL,
        fields: [...JSON_TYPE, 'Content-Encoding', 'gzip, br'],
        body: brotliCompressSync(gzipSync(big)),
      },
    ],
    [
      'a coding nobody knows',
      {
        url: URL,
        fields: [...JSON_TYPE, 'Content-Encoding', 'rot13'],
        body: '{"query":"{ me { id } }"}',
      },
    ],
    [
      'a bomb',
      {
        url: URL,
        fields: [...JSON_TYPE, 'Content-Encoding', 'gzip'],
        body: gzipSync(new Uint8Array(32 * 1024 * 1024)),
      },
    ],
    [
      'a stored document',
      {
        url: URL,
        fields: JSON_TYPE,
        body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }),
      },
    ],
    ['a document that does not parse', graphql('mutation { volumeDelete(')],
    ['a document without end', graphql(`mutation ${'{ a '.repeat(9000)}`)],
    [
      'fragments that grow',
      graphql(`
        mutation {
          ...F0
        }
        ${Array.from({ length: 20 }, (_, n) => `fragment F${n} on Mutation { ${`...F${n + 1} `.repeat(4)} }`).join(' ')}
        fragment F20 on Mutation {
          volumeDelete(volumeId: "v")
        }
      `),
    ],
    [
      'fragments in a circle',
      graphql('mutation { ...A } fragment A on Mutation { ...A volumeDelete(volumeId: "v") }'),
    ],
    ['no body where one belongs', { url: URL }],
    [
      'another spelling of the path',
      { ...graphql(DELETE), url: 'https://backboard.railway.com//graphql/%76%32/' },
    ],
  ])('through %s: not passed', (_what, sketch) => {
    expect(isQuiet(analyze(sketch))).toBe(false);
  });

  test.each([
    ['{ me { id } }', {}],
    ['query A { me { id } } mutation B { volumeDelete(volumeId: "v") }', { operationName: 'A' }],
    ['mutation { volumeCreate(input: { projectId: "p" }) { id } }', {}],
    [
      'mutation M($p: JSON) { environmentPatchCommit(environmentId: "e", patch: $p) }',
      { variables: { p: { services: { s: { isDeleted: false } } } } },
    ],
    ['{ __schema { types { name } } }', {}],
  ])('%s passes', (query, more) => {
    expect(isQuiet(analyze(graphql(query, more)))).toBe(true);
  });

  test('a deletion inside of a JSON scalar is found, as a value, a text, a default', () => {
    const patch = { volumes: { vol_1: { isDeleted: true } } };
    const document =
      'mutation M($p: JSON) { environmentPatchCommit(environmentId: "e", patch: $p) }';
    expect(kindsOf(analyze(graphql(document, { variables: { p: patch } })))).toBe('critical');
    expect(kindsOf(analyze(graphql(document, { variables: { p: JSON.stringify(patch) } })))).toBe(
      'critical',
    );
    const inline =
      'mutation { environmentPatchCommit(environmentId: "e", patch: {volumes: {v: {isDeleted: true}}}) }';
    expect(kindsOf(analyze(graphql(inline)))).toBe('critical');
    const preset =
      'mutation M($d: Boolean = true) { environmentPatchCommit(environmentId: "e", patch: {volumes: {v: {isDeleted: $d}}}) }';
    expect(kindsOf(analyze(graphql(preset)))).toBe('critical');
  });

  test('a subscription over a WebSocket is judged message by message', () => {
    const head = toRequest({ method: 'GET', url: URL });
    const say = (value: unknown): string =>
      kindsOf(
        analyzeSocketMessage(
          head,
          { kind: 'text', text: JSON.stringify(value) },
          { packs: [RAILWAY], sql: null },
        ),
      );
    expect(say({ type: 'connection_init', payload: {} })).toBe('read');
    expect(
      say({
        type: 'subscribe',
        id: '1',
        payload: { query: 'subscription { deploymentLogs { message } }' },
      }),
    ).toBe('read');
    expect(say({ type: 'subscribe', id: '1', payload: { query: DELETE } })).toBe('critical');
    expect(say({ type: 'start', id: '1', payload: { query: DELETE } })).toBe('critical');
    expect(say(['subscribe'])).toBe('unknown');
    expect(
      kindsOf(analyzeSocketMessage(head, { kind: 'binary' }, { packs: [RAILWAY], sql: null })),
    ).toBe('unknown');
  });
});

describe('a route that deletes', () => {
  const HOST = 'https://api.render.com';
  test.each<[string, Sketch]>([
    ['plain', { method: 'DELETE', url: `${HOST}/v1/disks/dsk-1` }],
    ['small letters', { method: 'delete', url: `${HOST}/v1/disks/dsk-1` }],
    ['escapes', { method: 'DELETE', url: `${HOST}/v1/%64isks/dsk-1` }],
    ['escapes of escapes', { method: 'DELETE', url: `${HOST}/v1/%2564isks/dsk-1` }],
    ['an escaped slash', { method: 'DELETE', url: `${HOST}/v1%2Fdisks%2Fdsk-1` }],
    ['dots', { method: 'DELETE', url: `${HOST}/v1/x/../disks/./dsk-1` }],
    ['escaped dots', { method: 'DELETE', url: `${HOST}/v1/x/%2e%2e/disks/dsk-1` }],
    ['empty segments', { method: 'DELETE', url: `${HOST}//v1///disks//dsk-1//` }],
    ['matrix parameters', { method: 'DELETE', url: `${HOST}/v1;a=b/disks;x/dsk-1` }],
    ['capitals', { method: 'DELETE', url: `${HOST}/V1/Disks/dsk-1` }],
    ['backslashes', { method: 'DELETE', url: `${HOST}/v1\\disks\\dsk-1` }],
    [
      'absolute form',
      {
        method: 'DELETE',
        url: `${HOST}/https://api.render.com/v1/disks/dsk-1`.replace(
          `${HOST}/https`,
          `${HOST}/https`,
        ),
      },
    ],
    [
      'another method in a field',
      { url: `${HOST}/v1/disks/dsk-1`, fields: ['X-HTTP-Method-Override', 'DELETE'] },
    ],
    ['another method in the query', { url: `${HOST}/v1/disks/dsk-1?_method=delete` }],
    [
      'another method in a form',
      {
        url: `${HOST}/v1/disks/dsk-1`,
        fields: ['Content-Type', 'application/x-www-form-urlencoded'],
        body: '_method=DELETE',
      },
    ],
  ])('written with %s is critical', (_what, sketch) => {
    expect(kindsOf(analyze(sketch, ['render']))).toContain('critical');
  });

  test('the same disk is read without a question', () => {
    expect(isQuiet(analyze({ method: 'GET', url: `${HOST}/v1/disks/dsk-1` }, ['render']))).toBe(
      true,
    );
    expect(
      isQuiet(
        analyze(
          {
            method: 'PATCH',
            url: `${HOST}/v1/disks/dsk-1`,
            fields: JSON_TYPE,
            body: '{"name":"a"}',
          },
          ['render'],
        ),
      ),
    ).toBe(true);
  });

  test('however its bytes are escaped (property)', () => {
    const path = '/v1/disks/dsk-1';
    const escapes = fc.array(fc.constantFrom(0, 1, 2), {
      minLength: path.length,
      maxLength: path.length,
    });
    fc.assert(
      fc.property(escapes, fc.constantFrom('', '/', '//', '/./', '/x/..'), (times, tail) => {
        const written = Array.from(path, (sign, at) =>
          escape(sign, at === 0 ? 0 : (times[at] ?? 0)),
        ).join('');
        const facts = analyze({ method: 'DELETE', url: `${HOST}${written}${tail}` }, ['render']);
        expect(kindsOf(facts)).not.toMatch(/^(read|write)$/);
      }),
      RUNS,
    );
  });
});

function escape(sign: string, times: number): string {
  if (times === 0) return sign;
  const once = `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return times === 1 ? once : once.replace('%', '%25');
}

describe('a mutation that destroys', () => {
  test('stays one under every alias, fragment, neighbour, coding (property)', () => {
    const wraps = fc.array(fc.constantFrom('inline', 'bare', 'spread'), { maxLength: 6 });
    const codings = fc.constantFrom('none', 'gzip', 'br');
    fc.assert(
      fc.property(
        fc.constantFrom('volumeDelete', 'projectDelete', 'serviceDelete'),
        wraps,
        fc.boolean(),
        codings,
        (field, steps, alias, coding) => {
          const fragments: string[] = [];
          let selection = `${alias ? 'me: ' : ''}${field}(id: "x")`;
          for (const [at, step] of steps.entries()) {
            if (step === 'inline') selection = `... on Mutation { ${selection} }`;
            else if (step === 'bare')
              selection = `... { volumeCreate(input: {}) { id } ${selection} }`;
            else {
              fragments.push(`fragment F${at} on Mutation { ${selection} }`);
              selection = `...F${at}`;
            }
          }
          const text = JSON.stringify({
            query: `mutation { ${selection} } ${fragments.join(' ')}`,
          });
          const packed =
            coding === 'gzip' ? gzipSync(text) : coding === 'br' ? brotliCompressSync(text) : text;
          const fields = coding === 'none' ? JSON_TYPE : [...JSON_TYPE, 'content-encoding', coding];
          expect(kindsOf(analyze({ url: URL, fields, body: packed }))).toContain('critical');
        },
      ),
      RUNS,
    );
  });
});

test('whatever bytes come, there are facts with an operation, and nothing is thrown (property)', () => {
  const packs = PACKS;
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'BREW'),
      fc.constantFrom(
        'ec2.eu-west-1.amazonaws.com',
        'api.github.com',
        'backboard.railway.com',
        'x.test',
        'management.azure.com',
      ),
      fc.string({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom(
        'application/json',
        'multipart/mixed; boundary=a',
        'text/xml',
        'application/x-www-form-urlencoded',
      ),
      (method, host, path, bytes, type) => {
        const request: HttpRequest = {
          ...{
            method,
            scheme: 'https',
            host,
            port: 443,
            target: `/${path}`,
            fields: ['Content-Type', type],
          },
          body: { kind: 'whole', bytes },
        };
        const facts = analyzeHttp(request, { packs, sql: SQL });
        expect(facts.operations.length).toBeGreaterThan(0);
        expect(['nothing', 'whole', 'start']).toContain(
          needsBody(request, { packs, sql: SQL }).need,
        );
      },
    ),
    RUNS,
  );
});

describe('AWS', () => {
  const EC2 = 'https://ec2.eu-west-1.amazonaws.com/';
  const FORM = ['Content-Type', 'application/x-www-form-urlencoded'];
  test.each<[string, Sketch, string]>([
    [
      'a form',
      {
        url: EC2,
        fields: FORM,
        body: 'Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1',
      },
      'critical',
    ],
    [
      'an escaped name',
      { url: EC2, fields: FORM, body: '%41ction=%54erminateInstances' },
      'critical',
    ],
    [
      'the query',
      {
        method: 'GET',
        url: `${EC2}?Action=TerminateInstances&InstanceId.1=i-1&X-Amz-Signature=ab`,
      },
      'critical',
    ],
    [
      'two actions',
      { url: EC2, fields: FORM, body: 'Action=DescribeInstances&Action=TerminateInstances' },
      'read critical',
    ],
    [
      'an action in URL and body',
      { url: `${EC2}?Action=DescribeInstances`, fields: FORM, body: 'Action=TerminateInstances' },
      'read critical',
    ],
    ['no action', { url: EC2, fields: FORM, body: 'x=1' }, 'unknown'],
    [
      'a target',
      {
        url: 'https://dynamodb.eu-west-1.amazonaws.com/',
        fields: ['X-Amz-Target', 'DynamoDB_20120810.DeleteTable'],
        body: '{"TableName":"Users"}',
      },
      'critical',
    ],
    [
      'CBOR',
      {
        url: 'https://monitoring.eu-west-1.amazonaws.com/service/GraniteServiceVersion20100801/operation/DeleteAlarms',
        body: new Uint8Array([1, 2, 3]),
      },
      'high',
    ],
    [
      'a batch that deletes',
      {
        url: 'https://dynamodb.eu-west-1.amazonaws.com/',
        fields: ['X-Amz-Target', 'DynamoDB_20120810.BatchWriteItem'],
        body: '{"RequestItems":{"T":[{"DeleteRequest":{}}]}}',
      },
      'high',
    ],
    [
      'a batch that writes',
      {
        url: 'https://dynamodb.eu-west-1.amazonaws.com/',
        fields: ['X-Amz-Target', 'DynamoDB_20120810.BatchWriteItem'],
        body: '{"RequestItems":{"T":[{"PutRequest":{}}]}}',
      },
      'write',
    ],
    [
      'a bucket in the host',
      { method: 'DELETE', url: 'https://photos.s3.eu-west-1.amazonaws.com/' },
      'critical',
    ],
    [
      'a bucket in the path',
      { method: 'DELETE', url: 'https://s3.eu-west-1.amazonaws.com/photos' },
      'critical',
    ],
    ['an object', { method: 'DELETE', url: 'https://photos.s3.amazonaws.com/a/b.png' }, 'high'],
    [
      'many objects',
      {
        url: 'https://photos.s3.amazonaws.com/?delete',
        body: '<Delete><Object><Key>a</Key></Object></Delete>',
      },
      'critical',
    ],
    [
      'a policy',
      { method: 'DELETE', url: 'https://photos.s3.amazonaws.com/?publicAccessBlock' },
      'high',
    ],
    [
      'an upload',
      { method: 'PUT', url: 'https://photos.s3.amazonaws.com/a/delete.png', body: 'x' },
      'write',
    ],
    [
      'a host of our own with a signature',
      {
        url: 'https://localhost.test/',
        fields: [
          ...FORM,
          'Authorization',
          'AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/rds/aws4_request, SignedHeaders=host, Signature=ab',
        ],
        body: 'Action=DeleteDBInstance&DBInstanceIdentifier=prod',
      },
      'critical',
    ],
    [
      'an action nobody listed',
      {
        url: 'https://newthing.eu-west-1.amazonaws.com/',
        fields: ['X-Amz-Target', 'NewThing.DeleteDatabase'],
        body: '{}',
      },
      'critical',
    ],
    [
      'a read nobody listed',
      {
        url: 'https://newthing.eu-west-1.amazonaws.com/',
        fields: ['X-Amz-Target', 'NewThing.ListDatabases'],
        body: '{}',
      },
      'read',
    ],
  ])('%s', (_what, sketch, kinds) => {
    expect(kindsOf(analyze(sketch, ['aws']))).toBe(kinds);
  });

  test('names what is terminated, and where', () => {
    const facts = analyze(
      {
        url: EC2,
        fields: FORM,
        body: 'Action=TerminateInstances&InstanceId.1=i-1&InstanceId.2=i-2',
      },
      ['aws'],
    );
    expect(facts.operations).toMatchObject([
      {
        name: 'ec2:TerminateInstances',
        target: { kind: 'instance', id: 'i-1, i-2', parts: { region: 'eu-west-1' } },
      },
    ]);
  });
});

describe('Kubernetes', () => {
  const K = 'https://cluster.test';
  test.each<[string, string, string, string | undefined, string]>([
    ['DELETE', '/api/v1/namespaces/shop', 'delete namespaces', undefined, 'critical'],
    ['DELETE', '/api/v1/namespaces/shop/pods', 'deletecollection pods', undefined, 'high'],
    ['DELETE', '/api/v1/namespaces/shop/pods/web?dryRun=All', 'delete pods', undefined, 'write'],
    [
      'DELETE',
      '/api/v1/namespaces/shop/pods/web?dryRun=All',
      'delete pods',
      '{"kind":"DeleteOptions"}',
      'medium',
    ],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web',
      'patch deployments',
      '[{"op":"replace","path":"/spec/replicas","value":0}]',
      'high',
    ],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web',
      'patch deployments',
      'spec:\n  replicas: 0\n',
      'high',
    ],
    [
      'PUT',
      '/apis/apps/v1/namespaces/shop/deployments/web',
      'update deployments',
      '{"spec":{"replicas":0,}}',
      'unknown',
    ],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      'patch deployments/scale',
      '{"spec":{"replicas":0}}',
      'high',
    ],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      'patch deployments/scale',
      '{"spec":{"replicas":3}}',
      'write',
    ],
    ['POST', '/api/v1/namespaces/shop/pods/web/eviction', 'create pods/eviction', '{}', 'high'],
    [
      'POST',
      '/api/v1/namespaces/shop/pods/web/exec?command=sh',
      'create pods/exec',
      undefined,
      'reveal',
    ],
    [
      'GET',
      '/api/v1/namespaces/shop/pods/web/exec?command=sh',
      'get pods/exec',
      undefined,
      'reveal',
    ],
    ['GET', '/api/v1/namespaces/shop/secrets', 'list secrets', undefined, 'reveal'],
    ['GET', '/api/v1/secrets?watch=1', 'watch secrets', undefined, 'reveal'],
    [
      'POST',
      '/api/v1/namespaces/shop/serviceaccounts/ci/token',
      'create serviceaccounts/token',
      '{}',
      'mint',
    ],
    ['PUT', '/api/v1/namespaces/shop/finalize', 'update namespaces/finalize', '{}', 'critical'],
    ['GET', '/api/v1/namespaces/shop/pods', 'list pods', undefined, 'read'],
    [
      'GET',
      '/k8s/clusters/c-1/api/v1/namespaces/shop/secrets/db',
      'get secrets',
      undefined,
      'reveal',
    ],
    [
      'DELETE',
      '/apis/postgresql.cnpg.io/v1/namespaces/shop/clusters/main',
      'delete clusters',
      undefined,
      'high',
    ],
  ])('%s %s is %s', (method, path, words, body, kinds) => {
    const facts = analyze(
      { method, url: `${K}${path}`, fields: JSON_TYPE, ...(body === undefined ? {} : { body }) },
      ['kubernetes'],
    );
    expect(
      facts.operations.map(({ kubernetes: k8s }) => `${k8s?.verb ?? ''} ${k8s?.resource ?? ''}`),
    ).toEqual([words]);
    expect(kindsOf(facts)).toBe(kinds);
  });
});

describe('envelopes', () => {
  test('a batch of Azure is judged entry by entry', () => {
    const body = JSON.stringify({
      requests: [
        { httpMethod: 'GET', url: '/subscriptions/s/resourceGroups?api-version=1' },
        {
          httpMethod: 'DELETE',
          url: 'https://management.azure.com/subscriptions/s/resourceGroups/prod?api-version=1',
        },
      ],
    });
    expect(
      kindsOf(
        analyze(
          { url: 'https://management.azure.com/batch?api-version=1', fields: JSON_TYPE, body },
          ['azure'],
        ),
      ),
    ).toBe('read critical');
  });

  test('a batch of Google is judged part by part', () => {
    const part = (line: string): string =>
      `--b\r\nContent-Type: application/http\r\n\r\n${line} HTTP/1.1\r\n\r\n\r\n`;
    const body = `${part('GET /storage/v1/b/x')}${part('DELETE /storage/v1/b/x')}--b--`;
    const fields = ['Content-Type', 'multipart/mixed; boundary=b'];
    expect(
      kindsOf(
        analyze({ url: 'https://storage.googleapis.com/batch/storage/v1', fields, body }, ['gcp']),
      ),
    ).toBe('read critical');
  });

  test('a push of git is read by its commands', () => {
    const zero = '0'.repeat(40);
    const one = '1'.repeat(40);
    const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
    const push = (text: string): string => {
      const request = toRequest({ url: 'https://github.com/o/r.git/git-receive-pack' });
      const bytes = new TextEncoder().encode(`${line(text)}0000PACK`);
      return kindsOf(
        analyzeHttp(
          { ...request, body: { kind: 'start', bytes } },
          { packs: packsOf(['github']), sql: null },
        ),
      );
    };
    expect(push(`${one} ${zero} refs/heads/main\0 report-status`)).toBe('high');
    expect(push(`${zero} ${one} refs/heads/feature\0 report-status`)).toBe('write');
    expect(push(`${one} ${one} refs/heads/feature\0 report-status`)).toBe('write');
    expect(push(`${one} ${one} refs/heads/main\0 report-status`)).toBe('medium');
    expect(push('nonsense')).toBe('unknown');
  });
});

describe('SQL in a body', () => {
  test.each<[string, string, string, boolean]>([
    [
      'neon',
      'https://ep-1.neon.tech/sql',
      '{"query":"SELECT id, name FROM users WHERE id = $1","params":["1"]}',
      true,
    ],
    ['neon', 'https://ep-1.neon.tech/sql', '{"query":"DROP TABLE users"}', false],
    ['neon', 'https://ep-1.neon.tech/sql', '{"query":"DELETE FROM users"}', false],
    ['neon', 'https://ep-1.neon.tech/sql', '{"query":"DELETE FROM users WHERE 1=1"}', false],
    ['neon', 'https://ep-1.neon.tech/sql', '{"query":"SELECT purge_all()"}', false],
    [
      'neon',
      'https://ep-1.neon.tech/sql',
      '{"query":"WITH x AS (DELETE FROM users RETURNING *) SELECT * FROM x"}',
      false,
    ],
    [
      'neon',
      'https://ep-1.neon.tech/sql',
      '{"queries":[{"query":"SELECT 1"},{"query":"TRUNCATE users"}]}',
      false,
    ],
    ['neon', 'https://ep-1.neon.tech/sql', '{"q":"SELECT 1"}', false],
    [
      'turso',
      'https://db-1.turso.io/v3/pipeline',
      '{"requests":[{"type":"execute","stmt":{"sql":"SELECT * FROM t"}},{"type":"close"}]}',
      true,
    ],
    [
      'turso',
      'https://db-1.turso.io/v2/pipeline',
      '{"requests":[{"type":"execute","stmt":{"sql":"DROP TABLE t"}}]}',
      false,
    ],
    [
      'turso',
      'https://db-1.turso.io/v2/pipeline',
      '{"requests":[{"type":"sequence","sql":"SELECT 1; DELETE FROM t"}]}',
      false,
    ],
    [
      'planetscale',
      'https://aws.connect.psdb.cloud/psdb.v1alpha1.Database/Execute',
      '{"query":"select /*!50003 1; drop table t */ 1"}',
      false,
    ],
    [
      'planetscale',
      'https://aws.connect.psdb.cloud/psdb.v1alpha1.Database/Execute',
      '{"query":"select `id` from `users`"}',
      true,
    ],
    [
      'cloudflare',
      'https://api.cloudflare.com/client/v4/accounts/a/d1/database/d/query',
      '{"sql":"INSERT INTO t (a) VALUES (?)","params":["1"]}',
      true,
    ],
    [
      'cloudflare',
      'https://api.cloudflare.com/client/v4/accounts/a/d1/database/d/raw',
      '{"sql":"DROP TABLE t"}',
      false,
    ],
    [
      'supabase',
      'https://api.supabase.com/v1/projects/p/database/query',
      '{"query":"select * from orders"}',
      true,
    ],
    [
      'supabase',
      'https://api.supabase.com/v1/projects/p/database/query',
      '{"query":"drop schema public cascade"}',
      false,
    ],
    ['aws', 'https://rds-data.eu-west-1.amazonaws.com/Execute', '{"sql":"truncate orders"}', false],
    [
      'gcp',
      'https://bigquery.googleapis.com/bigquery/v2/projects/p/queries',
      '{"query":"SELECT name FROM `p.d.t` LIMIT 10"}',
      true,
    ],
    [
      'gcp',
      'https://bigquery.googleapis.com/bigquery/v2/projects/p/queries',
      '{"query":"DROP TABLE `p.d.t`"}',
      false,
    ],
  ])('%s %s %s', (pack, url, body, quiet) => {
    expect(isQuiet(analyze({ url, fields: JSON_TYPE, body }, [pack]))).toBe(quiet);
  });
});

describe('a body that a server may read more leniently', () => {
  test.each([
    "{'type':'rebuild'}",
    '{"type":"rebuild",}',
    '{/**/"type":"rebuild"}',
    '{"type":"rebuild","type":"power_on"}',
  ])('%s counts as what it may say', (body) => {
    const url = 'https://api.digitalocean.com/v2/droplets/1/actions';
    expect(isQuiet(analyze({ url, fields: JSON_TYPE, body }, ['digitalocean']))).toBe(false);
    expect(
      isQuiet(analyze({ url, fields: JSON_TYPE, body: '{"type":"power_on"}' }, ['digitalocean'])),
    ).toBe(true);
  });
});

describe('what no pack lists', () => {
  test.each<[string, string, string]>([
    ['DELETE', 'https://api.new.test/v1/databases/db-1', 'critical'],
    ['DELETE', 'https://api.new.test/v1/widgets/1', 'high'],
    ['DELETE', 'https://api.new.test/v1/widgets/1/tags/blue', 'write'],
    ['POST', 'https://api.new.test/v1/caches/1/purge', 'high'],
    ['POST', 'https://api.new.test/v1/databases/1/restore', 'high'],
    ['POST', 'https://api.new.test/v1/servers/1/actions/terminate', 'critical'],
    ['POST', 'https://api.new.test/v1/keys/1/rotate', 'high'],
    ['POST', 'https://api.new.test/v1/databases/1:reset', 'high'],
    ['GET', 'https://api.new.test/v1/databases/1/delete', 'critical'],
    ['GET', 'https://api.new.test/v1/databases/1', 'read'],
    ['GET', 'https://api.new.test/v1/databases/1/credentials', 'reveal'],
    ['POST', 'https://api.new.test/v1/databases', 'write'],
    ['PUT', 'https://api.new.test/v1/databases/1', 'write'],
    ['POST', 'https://api.new.test/v1/search', 'read'],
    ['POST', 'https://api.new.test/v1/api-keys', 'mint'],
    ['GET', 'https://api.new.test/v1/restores', 'read'],
  ])('%s %s: %s', (method, url, kinds) => {
    expect(kindsOf(analyze({ method, url, fields: JSON_TYPE }, []))).toBe(kinds);
  });

  test.each([
    ['mutation { dropDatabase(id: "1") }', 'critical'],
    ['mutation { terminateServer(id: "1") }', 'critical'],
    ['mutation { resetThing(id: "1") }', 'high'],
    ['mutation { createThing(id: "1") }', 'write'],
    ['query { deletedThings { id } }', 'read'],
  ])('%s: %s', (query, kinds) => {
    const sketch = {
      url: 'https://api.new.test/api',
      fields: JSON_TYPE,
      body: JSON.stringify({ query }),
    };
    expect(kindsOf(analyze(sketch, []))).toBe(kinds);
  });
});

describe('whether a body is read before deciding', () => {
  test.each<[string, string, readonly string[], string]>([
    ['GET', 'https://api.github.com/user', [], 'nothing'],
    ['GET', 'https://api.github.com/user', ['Content-Length', '5'], 'whole'],
    ['POST', 'https://api.github.com/user/repos', [], 'whole'],
    ['POST', 'https://api.github.com/user/repos', ['Content-Length', '0'], 'nothing'],
    ['POST', 'https://github.com/o/r.git/git-receive-pack', [], 'start'],
    ['POST', 'https://github.com/o/r.git/git-upload-pack', [], 'nothing'],
    [
      'POST',
      'https://uploads.github.com/x',
      ['Content-Type', 'application/zip', 'Content-Length', '90000000'],
      'nothing',
    ],
    [
      'POST',
      'https://uploads.github.com/x',
      ['Content-Type', 'application/zip', 'Content-Length', '900'],
      'whole',
    ],
    [
      'POST',
      'https://api.github.com/graphql',
      ['Content-Type', 'image/png', 'Transfer-Encoding', 'chunked'],
      'whole',
    ],
  ])('%s %s %j: %s', (method, url, fields, need) => {
    const head = toRequest({ method, url, fields });
    expect(needsBody(head, { packs: packsOf(['github']), sql: null }).need).toBe(need);
  });

  test('an upload to a bucket streams, whatever its type', () => {
    const head = toRequest({
      method: 'PUT',
      url: 'https://b.s3.amazonaws.com/a.json',
      fields: ['Content-Length', '9'],
    });
    expect(needsBody(head, { packs: packsOf(['aws']), sql: null }).need).toBe('nothing');
  });
});
