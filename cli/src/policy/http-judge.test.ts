import { expect, test } from 'vitest';
import { HttpJudge } from './http-judge.ts';
import { readRequestLine } from './written-request.ts';

const NOTHING = { resource: null, environment: null } as const;

test('a request that destroys is asked about with its target, its neighbour passes', async () => {
  const judge = await HttpJudge.load();
  const line = { method: 'DELETE', url: 'https://api.render.com/v1/disks/dsk-1' };
  expect(judge.judgeLine(line, NOTHING)).toMatchObject({
    verdict: 'ask',
    critical: true,
    provider: 'Render',
    operations: [{ kind: 'destroy', target: { kind: 'disk', id: 'dsk-1' } }],
  });
  expect(judge.judgeLine({ ...line, method: 'GET' }, NOTHING)).toMatchObject({
    verdict: 'allow',
    critical: false,
  });
});

test('small losses pass in development, large ones and secrets never do', async () => {
  const judge = await HttpJudge.load();
  const verdict = (line: string, environment: 'production' | 'development'): string => {
    const request = readRequestLine(line, { headers: [], body: null });
    return judge.judge(request, { resource: null, environment }).verdict;
  };
  const pod = 'DELETE https://cluster.test:6443/api/v1/namespaces/shop/pods/web';
  expect(verdict(pod, 'production')).toBe('ask');
  expect(verdict(pod, 'development')).toBe('allow');
  expect(verdict('DELETE https://cluster.test:6443/api/v1/namespaces/shop', 'development')).toBe(
    'ask',
  );
  expect(
    verdict('GET https://cluster.test:6443/api/v1/namespaces/shop/secrets', 'development'),
  ).toBe('ask');
});

test('the path stays as it was written, and fields and body come along', () => {
  const request = readRequestLine('POST https://User@API.test:8443/a/%2e%2e/b//c?x=1', {
    headers: ['X-A: 1: 2'],
    body: '{}',
  });
  expect(request).toMatchObject({
    ...{ method: 'POST', scheme: 'https', host: 'api.test', port: 8443 },
    ...{ target: '/a/%2e%2e/b//c?x=1', fields: ['X-A', '1: 2'] },
    body: { kind: 'whole', bytes: new TextEncoder().encode('{}') },
  });
});

test.each(['DELETE', 'DELETE /v1/x', 'ftp://host/x', ''])('`%s` is no request', (line) => {
  expect(() => readRequestLine(line, { headers: [], body: null })).toThrow('is no request');
});

test.each([[{ url: 7 }], [{ url: 'nonsense' }], [{ url: 'https://a.test/', body_base64: 7 }]])(
  'a line that cannot be read says so: %j',
  async (line) => {
    expect(typeof (await HttpJudge.load()).judgeLine(line, NOTHING)).toBe('string');
  },
);
