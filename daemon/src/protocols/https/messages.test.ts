import { describe, expect, test } from 'vitest';
import { readApiRequest } from './messages.ts';
import type { Authority, RequestHead } from './messages.ts';

const TUNNEL: Authority = { host: { kind: 'name', text: 'api.test' }, port: 443 };

function read(head: Partial<RequestHead>, tunnel = TUNNEL): ReturnType<typeof readApiRequest> {
  return readApiRequest(
    {
      ...{ version: '1.1', method: 'GET', target: '/v1', authority: null, scheme: null },
      fields: ['Host', 'api.test'],
      ...head,
    },
    tunnel,
  );
}

function read2(head: Partial<RequestHead>): ReturnType<typeof readApiRequest> {
  return read({ version: '2', authority: 'api.test', scheme: 'https', fields: [], ...head });
}

describe('a request with one reading', () => {
  test('loses what speaks of one connection, and its host, which is written anew', () => {
    const fields = ['Host', 'API.test:443', 'Connection', 'x-hop', 'X-Hop', '1', 'Accept', '*/*'];
    expect(read({ fields })).toMatchObject({
      ok: true,
      request: { path: '/v1', fields: ['Accept', '*/*'], websocket: false, expectsContinue: false },
    });
  });

  test.each<[string, Partial<RequestHead>]>([
    ['the absolute form of this host', { target: 'https://api.test/v1?x=1' }],
    [
      'a chunked body',
      { method: 'POST', fields: ['Host', 'api.test', 'Transfer-Encoding', 'chunked'] },
    ],
    ['a length', { method: 'POST', fields: ['Host', 'api.test', 'Content-Length', '3'] }],
    ['a field with bytes above ASCII', { fields: ['Host', 'api.test', 'X-Name', 'caf\xe9'] }],
  ])('%s is taken', (_what, head) => {
    expect(read(head).ok).toBe(true);
  });

  test('of HTTP/2 may name its host twice, as long as it is the same', () => {
    expect(read2({}).ok).toBe(true);
    expect(read2({ fields: ['host', 'api.test'] }).ok).toBe(true);
    expect(read2({ fields: ['te', 'trailers'] })).toMatchObject({ request: { trailers: true } });
  });
});

describe('a request with two readings, or none, is refused', () => {
  test.each<[string, Partial<RequestHead>]>([
    ['no host', { fields: [] }],
    ['two hosts', { fields: ['Host', 'api.test', 'host', 'api.test'] }],
    ['another host', { fields: ['Host', 'other.test'] }],
    ['another port', { fields: ['Host', 'api.test:444'] }],
    ['a host with a user', { fields: ['Host', 'api.test@other.test'] }],
    ['a target of another host', { target: 'https://other.test/v1' }],
    ['a target without TLS', { target: 'http://api.test/v1' }],
    ['a target that is no path', { target: 'v1' }],
    ['a target with a fragment', { target: '/v1#x' }],
    ['a target with a blank', { target: '/v1 /v2' }],
    ['a target with a backslash', { target: '/v1\\..\\v2' }],
    ['a target with bytes above ASCII', { target: '/v1\xff' }],
    ['a star for another method', { method: 'GET', target: '*' }],
    ['a tunnel in the tunnel', { method: 'CONNECT' }],
    ['TRACE', { method: 'TRACE' }],
    ['a method with a line end', { method: 'GET\r\nX: 1' }],
    ['two lengths', { fields: ['Host', 'api.test', 'Content-Length', '1', 'Content-Length', '2'] }],
    [
      'a length beside chunks',
      { fields: ['Host', 'api.test', 'Content-Length', '1', 'Transfer-Encoding', 'chunked'] },
    ],
    ['another coding', { fields: ['Host', 'api.test', 'Transfer-Encoding', 'gzip, chunked'] }],
    ['a coding in disguise', { fields: ['Host', 'api.test', 'Transfer-Encoding', 'chunked, x'] }],
    ['a field with a line end', { fields: ['Host', 'api.test', 'X', 'a\r\nY: b'] }],
    ['a field with a zero', { fields: ['Host', 'api.test', 'X', 'a\0'] }],
    ['a field name with a blank', { fields: ['Host', 'api.test', 'X Y', 'a'] }],
    [
      'another upgrade',
      { fields: ['Host', 'api.test', 'Upgrade', 'h2c', 'Connection', 'upgrade'] },
    ],
    ['another expectation', { fields: ['Host', 'api.test', 'Expect', '200-ok'] }],
    [
      'a flood of fields',
      { fields: ['Host', 'api.test', ...Array.from({ length: 300 }, () => ['x', '1']).flat()] },
    ],
  ])('%s', (_what, head) => {
    expect(read(head).ok).toBe(false);
  });

  test.each<[string, Partial<RequestHead>]>([
    ['no authority', { authority: null }],
    ['another authority', { authority: 'other.test' }],
    ['two hosts that differ', { fields: ['host', 'other.test'] }],
    ['another scheme', { scheme: 'http' }],
    ['a connection field', { fields: ['connection', 'close'] }],
    ['a transfer coding', { fields: ['transfer-encoding', 'chunked'] }],
    ['an upgrade', { fields: ['upgrade', 'websocket'] }],
  ])('of HTTP/2: %s', (_what, head) => {
    expect(read2(head).ok).toBe(false);
  });
});
