import { describe, expect, test } from 'vitest';
import { toEntryText } from '../egress/host-entry.ts';
import type { HostEntry } from '../egress/host-entry.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { parsePolicy } from './parse-policy.ts';

const PARSER = await loadSqlParser();

function hostsOf(...entries: readonly string[]): readonly HostEntry[] {
  const list = entries.map((entry) => `    - ${entry}\n`).join('');
  const parsed = parsePolicy(`version: 1\negress:\n  hosts:\n${list}`, PARSER);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.file.egressHosts ?? [];
}

test('without the key the file lists nothing, and an empty list lists nothing', () => {
  const parsed = parsePolicy('version: 1', PARSER);
  expect(parsed.ok && parsed.file.egressHosts).toBe(undefined);
  const empty = parsePolicy('version: 1\negress: { hosts: [] }', PARSER);
  expect(empty.ok && empty.file.egressHosts).toEqual([]);
});

test.each([
  ['api.example.com', 'api.example.com:443', 'tls', false],
  ['API.Example.Com.', 'api.example.com:443', 'tls', false],
  ['"*.example.com"', '*.example.com:443', 'tls', false],
  ['api.example.com:8443', 'api.example.com:8443', 'tls', false],
  ['bücher.example', 'xn--bcher-kva.example:443', 'tls', false],
  ['192.0.2.7', '192.0.2.7:443', 'tls', false],
  ['"[2001:DB8::7]:8443"', '[2001:db8::7]:8443', 'tls', false],
  ['{ host: localhost, port: 1234, private: true }', 'localhost:1234', 'tls', true],
  ['{ host: model.test, tls: false }', 'model.test:80', 'plain', false],
  ['{ host: "model.test:8080", tls: false }', 'model.test:8080', 'plain', false],
] as const)('reads %s', (text, written, transport, isPrivate) => {
  const [entry] = hostsOf(text);
  expect(entry).toMatchObject({ transport, private: isPrivate });
  expect(entry === undefined ? '' : toEntryText(entry)).toBe(written);
});

describe('an entry that is not understood makes the file invalid, and its place is named', () => {
  test.each([
    ['https://api.example.com', 'without scheme or path'],
    ['api.example.com/v1', 'without scheme or path'],
    ['"*"', 'stands only at the start'],
    ['"*.com"', 'two parts'],
    ['"api.*.com"', 'stands only at the start'],
    ['"**.example.com"', 'stands only at the start'],
    ['"*.192.0.2.7"', 'two parts'],
    ['me@example.com', 'user name'],
    ['example.com:0', 'port'],
    ['example.com:70000', 'port'],
    ['"example.com:"', 'port'],
    ['"2001:db8::7"', 'not a host name'],
    ['"0x7f000001"', 'four decimal numbers'],
    ['"2130706433"', 'four decimal numbers'],
    ['"127.1"', 'four decimal numbers'],
    ['""', 'not a host name'],
    ['example..com', 'not a host name'],
    ['{ host: "a.example:1", port: 2 }', 'twice'],
    ['{ host: a.example, ports: [1] }', '`ports`'],
    ['{ port: 443 }', 'host'],
    ['443', 'write a host name'],
    ['null', 'write a host name'],
  ])('%s', (text, word) => {
    const parsed = parsePolicy(
      `version: 1\negress:\n  hosts:\n    - fine.example\n    - ${text}\n`,
      PARSER,
    );
    expect(parsed).toMatchObject({ ok: false, problem: { line: 5 } });
    expect(parsed.ok ? '' : parsed.problem.message).toContain(word);
  });

  test('a key beside `hosts` is refused', () => {
    const parsed = parsePolicy('version: 1\negress: { hosts: [], allow: all }', PARSER);
    expect(parsed.ok ? '' : parsed.problem.message).toContain('`allow`');
  });
});
