import { describe, expect, test } from 'vitest';
import { coversHost, opensPrivate, parseHostEntry } from './host-entry.ts';
import type { HostEntry, HostEntryOptions } from './host-entry.ts';
import { parseAuthority } from './host.ts';

function entry(text: string, options: HostEntryOptions = {}): HostEntry {
  const parsed = parseHostEntry(text, options);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.entry;
}

function covers(listed: HostEntry, target: string, transport: 'tls' | 'plain' = 'tls'): boolean {
  const parsed = parseAuthority(target);
  return parsed.ok && coversHost(listed, parsed.host, parsed.port, transport);
}

describe('an entry covers what it says and nothing near it (P-30)', () => {
  test.each([
    ['example.com', 'example.com:443'],
    ['example.com', 'EXAMPLE.COM.:443'],
    ['*.example.com', 'api.example.com:443'],
    ['*.example.com', 'a.b.example.com:443'],
    ['example.com:8443', 'example.com:8443'],
    ['[2001:db8::1]', '[2001:DB8:0::1]:443'],
  ])('%s covers %s', (listed, target) => {
    expect(covers(entry(listed), target)).toBe(true);
  });

  test.each([
    ['example.com', 'api.example.com:443'],
    ['example.com', 'example.com.evil.example:443'],
    ['example.com', 'notexample.com:443'],
    ['example.com', 'example.co:443'],
    ['example.com', 'example.com:80'],
    ['example.com', 'example.com:8443'],
    ['*.example.com', 'example.com:443'],
    ['*.example.com', 'notexample.com:443'],
    ['*.example.com', 'api.example.com.evil.example:443'],
    ['*.example.com', 'api.example.com:80'],
    ['192.0.2.7', '192.0.2.70:443'],
    ['[2001:db8::1]', '[2001:db8::2]:443'],
  ])('%s does not cover %s', (listed, target) => {
    expect(covers(entry(listed), target)).toBe(false);
  });

  test('an entry for TLS does not cover HTTP without it, and the other way round', () => {
    const tls = entry('model.test:8080');
    const plain = entry('model.test:8080', { tls: false });
    expect(covers(tls, 'model.test:8080', 'plain')).toBe(false);
    expect(covers(plain, 'model.test:8080', 'tls')).toBe(false);
    expect(covers(plain, 'model.test:8080', 'plain')).toBe(true);
  });
});

test('a name opens private addresses only when it says so, an address opens itself', () => {
  expect(opensPrivate(entry('localhost:1234'))).toBe(false);
  expect(opensPrivate(entry('localhost:1234', { private: true }))).toBe(true);
  expect(opensPrivate(entry('127.0.0.1:1234'))).toBe(true);
});
