import { expect, test } from 'vitest';
import { RAILWAY } from '../../packs/railway.ts';
import { RENDER } from '../../packs/render.ts';
import { analyzeHttp } from './analyze-http.ts';
import { lookUpName, readName } from './name-lookup.ts';
import type { HttpRequest } from './request.ts';

function request(method: string, host: string, target: string, body: string | null): HttpRequest {
  const bytes = new TextEncoder().encode(body ?? '');
  return {
    ...{ method, scheme: 'https', host, port: 443, target, fields: [] },
    body: body === null ? { kind: 'none' } : { kind: 'whole', bytes },
  };
}

function lookUp(sent: HttpRequest): ReturnType<typeof lookUpName> {
  const packs = [RAILWAY, RENDER];
  const [first] = analyzeHttp(sent, { packs, sql: null }).operations;
  return first === undefined ? null : lookUpName(sent, first, packs);
}

test('a route that is deleted is read at the same place', () => {
  expect(lookUp(request('DELETE', 'api.render.com', '/v1/disks/dsk-1', null))).toEqual({
    ...{ method: 'GET', target: '/v1/disks/dsk-1', body: null },
  });
});

test('a volume of Railway is asked for by its id', () => {
  const body = JSON.stringify({ query: 'mutation { volumeDelete(volumeId: "vol_1") }' });
  const read = lookUp(request('POST', 'backboard.railway.com', '/graphql/v2', body));
  expect(read).toMatchObject({ method: 'POST', target: '/graphql/v2' });
  const sent = request('POST', 'backboard.railway.com', '/graphql/v2', read?.body ?? null);
  expect(analyzeHttp(sent, { packs: [RAILWAY], sql: null }).operations).toMatchObject([
    { kind: 'read' },
  ]);
  expect(read?.body).toContain('vol_1');
});

test.each([
  ['GET', '/v1/disks/dsk-1'],
  ['DELETE', '/v1/disks'],
  ['DELETE', '/v1/x/../disks/dsk-1'],
  ['DELETE', '/v1/%64isks/dsk-1'],
  ['POST', '/v1/services/srv-1/suspend'],
])('nothing is read for %s %s', (method, target) => {
  expect(lookUp(request(method, 'api.render.com', target, null))).toBeNull();
});

test.each([
  [{ name: 'a' }, 'a'],
  [{ data: { volume: { name: 'b' } } }, 'b'],
  [{ kind: 'Namespace', metadata: { name: 'c' }, spec: {} }, 'c'],
  [{ project: { id: 1, name: 'd' } }, 'd'],
  [{ owner: { name: 'x' }, other: { name: 'y' } }, null],
  [{ name: 7 }, null],
  ['name', null],
])('the name in %j is %s', (answer, name) => {
  expect(readName(answer)).toBe(name);
});
