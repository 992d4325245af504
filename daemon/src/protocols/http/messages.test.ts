import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHostText } from '@agentguard/rules';
import { readConnect, readCredential, readPlainRequest } from './messages.ts';
import type { Authority, RequestHead } from './messages.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

function connect(target: string, ...fields: readonly string[]): string {
  const read = readConnect({ method: 'CONNECT', target, fields });
  return read.ok ? `${toHostText(read.host)}:${read.port}` : read.problem;
}

function plain(target: string, fields: readonly string[], tunnel: Authority | null = null): string {
  const read = readPlainRequest({ method: 'GET', target, fields }, tunnel);
  if (!read.ok) return read.problem;
  return `${toHostText(read.authority.host)}:${read.authority.port} ${read.path}`;
}

describe('a credential', () => {
  test.each([
    ['nothing', [], 'none'],
    ['a token', ['Proxy-Authorization', basic('agent:agt_x')], 'agt_x'],
    ['a token with a colon', ['proxy-authorization', basic('agent:a:b')], 'a:b'],
    ['an empty one', ['Proxy-Authorization', basic('agent:')], ''],
    ['no colon', ['Proxy-Authorization', basic('agent')], 'malformed'],
    ['a bearer', ['Proxy-Authorization', 'Bearer agt_x'], 'agt_x'],
    ['another scheme', ['Proxy-Authorization', 'Digest agt_x'], 'malformed'],
    ['no base64', ['Proxy-Authorization', 'Basic ag%t'], 'malformed'],
    [
      'two of them',
      ['Proxy-Authorization', basic('a:b'), 'Proxy-Authorization', basic('a:c')],
      'malformed',
    ],
    [
      'a scoped token',
      ['Proxy-Authorization', basic(`a:agt_${'x'.repeat(900)}`)],
      `agt_${'x'.repeat(900)}`,
    ],
    ['a bearer', ['Proxy-Authorization', 'Bearer agt_a.b-c_d.e'], 'agt_a.b-c_d.e'],
    ['a bearer with more behind it', ['Proxy-Authorization', 'Bearer agt_a b'], 'malformed'],
    [
      'two bearers',
      ['Proxy-Authorization', 'Bearer a', 'Proxy-Authorization', 'Bearer a'],
      'malformed',
    ],
    ['one far too long', ['Proxy-Authorization', basic(`a:${'x'.repeat(2000)}`)], 'malformed'],
    ['a bearer far too long', ['Proxy-Authorization', `Bearer ${'x'.repeat(1001)}`], 'malformed'],
    ["the upstream's own field", ['Authorization', basic('a:b')], 'none'],
  ])('%s', (_name, fields, expected) => {
    const read = readCredential(fields);
    expect(read.kind === 'token' ? read.token : read.kind).toBe(expected);
  });
});

describe('a CONNECT', () => {
  test.each([
    ['api.test:443', ['Host', 'api.test:443'], 'api.test:443'],
    ['API.test.:443', ['Host', 'api.test'], 'api.test:443'],
    ['api.test:443', [], 'api.test:443'],
    ['[2001:DB8::1]:443', ['Host', '[2001:db8:0::1]:443'], '[2001:db8::1]:443'],
  ])('%s with %j is for one host', (target, fields, expected) => {
    expect(connect(target, ...fields)).toBe(expected);
  });

  test.each([
    ['another Host', 'api.test:443', ['Host', 'evil.test:443'], 'differ'],
    ['another port', 'api.test:443', ['Host', 'api.test:444'], 'differ'],
    ['two Hosts', 'api.test:443', ['Host', 'api.test', 'host', 'api.test'], 'differ'],
    ['an unreadable Host', 'api.test:443', ['Host', 'api.test, evil.test'], 'differ'],
    ['content', 'api.test:443', ['Content-Length', '3'], 'no content'],
    ['chunks', 'api.test:443', ['Transfer-Encoding', 'chunked'], 'no content'],
    ['a URL', 'https://api.test:443/', [], 'cannot be read'],
    ['a user', 'me@api.test:443', [], 'cannot be read'],
    ['a hexadecimal address', '0x7f000001:443', [], 'four decimal numbers'],
    ['no port', 'api.test', [], 'the port is missing'],
  ])('with %s is refused', (_name, target, fields, word) => {
    expect(connect(target, ...fields)).toContain(word);
  });
});

describe('a request without TLS', () => {
  test.each([
    ['http://api.test/a?b', ['Host', 'api.test'], 'api.test:80 /a?b'],
    ['http://api.test', ['Host', 'api.test:80'], 'api.test:80 /'],
    ['HTTP://API.test:8080?q', ['Host', 'api.test:8080'], 'api.test:8080 /?q'],
    ['http://[::1]:8080/', ['Host', '[::1]:8080'], '[::1]:8080 /'],
  ])('%s', (target, fields, expected) => {
    expect(plain(target, fields)).toBe(expected);
  });

  test.each([
    ['no Host', 'http://api.test/', [], 'differ'],
    ['another Host', 'http://api.test/', ['Host', 'evil.test'], 'differ'],
    ['another port', 'http://api.test/', ['Host', 'api.test:8080'], 'differ'],
    ['two Hosts', 'http://api.test/', ['Host', 'api.test', 'Host', 'evil.test'], 'differ'],
    ['https', 'https://api.test/', ['Host', 'api.test'], 'use CONNECT'],
    ['another scheme', 'ftp://api.test/', ['Host', 'api.test'], 'not `http://`'],
    ['a path alone', '/', ['Host', 'api.test'], 'not `http://`'],
    ['a star', '*', ['Host', 'api.test'], 'not `http://`'],
    ['a user', 'http://me:pw@api.test/', ['Host', 'api.test'], 'cannot be read'],
    ['a fragment', 'http://api.test/#x', ['Host', 'api.test'], 'not `http://`'],
    [
      'a backslash in the host',
      'http://api.test\\@evil.test/',
      ['Host', 'api.test'],
      'cannot be read',
    ],
    [
      'an unknown coding',
      'http://api.test/',
      ['Host', 'api.test', 'Transfer-Encoding', 'xchunked'],
      'transfer coding',
    ],
    [
      'two codings',
      'http://api.test/',
      ['Host', 'api.test', 'Transfer-Encoding', 'gzip, chunked'],
      'transfer coding',
    ],
    ['no host', 'http:///path', ['Host', 'api.test'], 'cannot be read'],
  ])('with %s is refused', (_name, target, fields, word) => {
    expect(plain(target, fields)).toContain(word);
  });

  test('inside of a tunnel is for the host of the tunnel only', () => {
    const tunnel: Authority = { host: { kind: 'name', text: 'api.test' }, port: 8080 };
    expect(plain('/a?b', ['Host', 'api.test:8080'], tunnel)).toBe('api.test:8080 /a?b');
    expect(plain('http://api.test:8080/a', ['Host', 'api.test:8080'], tunnel)).toBe(
      'api.test:8080 /a',
    );
    expect(plain('/a', ['Host', 'evil.test:8080'], tunnel)).toContain('differ');
    expect(plain('/a', ['Host', 'api.test'], tunnel)).toContain('differ');
    expect(plain('http://evil.test:8080/', ['Host', 'evil.test:8080'], tunnel)).toContain('tunnel');
    expect(plain('/a#b', ['Host', 'api.test:8080'], tunnel)).toContain('fragment');
  });

  test('travels on without the token and without what belongs to one connection (P-01)', () => {
    const head: RequestHead = {
      method: 'POST',
      target: 'http://api.test:8080/',
      fields: [
        'Proxy-Authorization',
        basic('agent:agt_secret'),
        'HOST',
        'api.test:8080',
        'Connection',
        'keep-alive, X-Local, Host, content-length',
        'X-Local',
        '1',
        'Content-Length',
        '3',
        'Upgrade',
        'websocket',
        'TE',
        'trailers',
        'Authorization',
        'Bearer own',
      ],
    };
    const read = readPlainRequest(head, null);
    expect(read.ok && read.fields).toEqual([
      'Host',
      'api.test:8080',
      'Content-Length',
      '3',
      'Authorization',
      'Bearer own',
    ]);
  });
});

test('more fields than any client sends are refused (P-17)', () => {
  const fields = Array.from({ length: 200 }, () => ['X-A', 'b']).flat();
  expect(connect('api.test:443', ...fields)).toBe('api.test:443');
  expect(connect('api.test:443', ...fields, 'X-A', 'b')).toContain('too many');
  expect(plain('http://api.test/', [...fields, 'Host', 'api.test'])).toContain('too many');
});

test('any head is either for exactly one host or refused (P-31)', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'api.test',
      'evil.test',
      ':443',
      ':80',
      '@',
      '/',
      '\\',
      '#',
      '?',
      'http://',
      '[::1]',
      '.',
      ' ',
    ),
    fc.string({ maxLength: 3 }),
  );
  const text = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
  const targets = fc
    .tuple(fc.constantFrom('http://api.test', 'http://api.test:80', 'http://', ''), text)
    .map((parts) => parts.join(''));
  const hosts = fc.oneof(fc.constantFrom('api.test', 'API.test.:80', 'api.test:443'), text);
  let readable = 0;
  fc.assert(
    fc.property(targets, hosts, (target, host) => {
      const read = readPlainRequest({ method: 'GET', target, fields: ['Host', host] }, null);
      if (!read.ok) return;
      readable += 1;
      const { authority, path, fields } = read;
      const port = authority.port === 80 ? '' : `:${authority.port}`;
      expect(fields).toEqual(['Host', `${toHostText(authority.host)}${port}`]);
      expect(path.startsWith('/')).toBe(true);
      // What a server would make of it, read by the platform, is the same host.
      const url = new URL(target);
      expect(url.hostname.replace(/\.$/, '')).toBe(toHostText(authority.host));
      expect(Number(url.port === '' ? 80 : url.port)).toBe(authority.port);
    }),
    { numRuns: 3000 },
  );
  // A test whose every head is refused would prove nothing.
  expect(readable).toBeGreaterThan(100);
});
