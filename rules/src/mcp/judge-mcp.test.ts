import { describe, expect, test } from 'vitest';
import type { McpFacts } from '../facts/mcp-facts.ts';
import { isShown, judgeMcp } from './judge-mcp.ts';
import { matchesPattern, mcpSchema } from './mcp-policy.ts';
import type { McpPolicies } from './mcp-policy.ts';
import { fromPlain } from './json.ts';
import { readArguments } from './read-arguments.ts';

const CALL: McpFacts = {
  server: 'shop',
  work: 'call',
  name: 'list_orders',
  standing: 'pinned',
  pinned: 'allow',
  reads: false,
  args: {},
  findings: [],
  sql: null,
  used: { session: 0, minute: 0 },
  secretSpans: [],
};

function policy(...servers: readonly unknown[]): McpPolicies {
  return servers.map((server) => mcpSchema.parse({ servers: { shop: server } }));
}

function verdict(facts: Partial<McpFacts>, server?: unknown, role: string | null = null): string {
  const matches = judgeMcp(
    { ...CALL, ...facts },
    server === undefined ? undefined : policy(server),
    role,
  );
  const verdicts = matches.map((match) => match.verdict);
  return verdicts.includes('deny') ? 'deny' : verdicts.includes('ask') ? 'ask' : 'allow';
}

describe('P-92: what no person saw is denied, whatever the policy says', () => {
  test.each(['new', 'changed', 'unlisted', 'server changed'] as const)('%s', (standing) => {
    expect(verdict({ standing, pinned: null }, { default: 'allow', tools: { '*': 'allow' } })).toBe(
      'deny',
    );
  });

  test('and what was seen passes', () => {
    expect(verdict({})).toBe('allow');
  });

  test('a method that nobody knows is denied', () => {
    expect(verdict({ work: 'other', standing: 'none', name: 'x/y' })).toBe('deny');
  });

  test('a resource that was in no list is asked about', () => {
    expect(verdict({ work: 'read', standing: 'unlisted', name: 'file:///a' })).toBe('ask');
  });
});

test.each<[string, Partial<McpFacts>, unknown, string]>([
  ['a tool that is denied', {}, { tools: { 'list_*': 'deny' } }, 'deny'],
  ['its neighbour', { name: 'show_orders' }, { tools: { 'list_*': 'deny' } }, 'allow'],
  ['the strictest pattern counts', {}, { tools: { '*': 'allow', list_orders: 'ask' } }, 'ask'],
  [
    'the policy is asked before the pin',
    { pinned: 'ask' },
    { tools: { list_orders: 'allow' } },
    'allow',
  ],
  ['the pin where the policy is silent', { pinned: 'ask' }, { tools: { other: 'allow' } }, 'ask'],
  ['the default', {}, { default: 'ask' }, 'ask'],
  ['reading only, and not read', {}, { read_only: true, reads: ['show_*'] }, 'deny'],
  ['reading only, and read', {}, { read_only: true, reads: ['list_*'] }, 'allow'],
  ['the rate', { used: { session: 9, minute: 3 } }, { rate_limit: '3/min' }, 'deny'],
  ['below the rate', { used: { session: 9, minute: 2 } }, { rate_limit: '3/min' }, 'allow'],
  ['the budget', { used: { session: 5, minute: 0 } }, { budget: 5 }, 'deny'],
  ['below the budget', { used: { session: 4, minute: 0 } }, { budget: 5 }, 'allow'],
  ['sampling is off', { work: 'sample', standing: 'none', pinned: null }, {}, 'deny'],
  [
    'unless it is allowed',
    { work: 'sample', standing: 'none', pinned: null },
    { sampling: 'allow' },
    'allow',
  ],
  ['elicitation passes', { work: 'elicit', standing: 'none', pinned: null }, {}, 'allow'],
  [
    'unless it is denied',
    { work: 'elicit', standing: 'none', pinned: null },
    { elicitation: 'deny' },
    'deny',
  ],
  [
    'a credential is asked about',
    { findings: [{ kind: 'credential', what: 'x' }] },
    { tools: { '*': 'allow' } },
    'ask',
  ],
  [
    'a form that asks for a secret',
    { work: 'elicit', findings: [{ kind: 'secret field', what: 'x' }] },
    {},
    'deny',
  ],
])('%s', (_name, facts, server, expected) => {
  expect(verdict(facts, server)).toBe(expected);
});

test('a role holds the tools that are named for it and no others', () => {
  const roles = { support: ['list_*'], auditor: [] };
  expect(verdict({}, { roles }, 'support')).toBe('allow');
  expect(verdict({ name: 'delete_order' }, { roles }, 'support')).toBe('deny');
  expect(verdict({}, { roles }, 'auditor')).toBe('deny');
  expect(verdict({}, { roles }, 'toString')).toBe('deny');
  expect(verdict({}, { roles }, null)).toBe('allow');
  expect(isShown({ ...CALL, name: 'delete_order' }, policy({ roles }), 'support')).toBe(false);
});

test('of two files the stricter counts, whichever it is', () => {
  for (const policies of [
    policy({ tools: { '*': 'allow' } }, { tools: { list_orders: 'deny' } }),
    policy({ tools: { list_orders: 'deny' } }, { tools: { '*': 'allow' } }),
    policy({}, { read_only: true }),
  ]) {
    expect(judgeMcp(CALL, policies, null).map(({ verdict: said }) => said)).toEqual(['deny']);
  }
});

test('a limit that is used up hides nothing', () => {
  expect(isShown(CALL, policy({ budget: 1, rate_limit: '1/min' }), null)).toBe(true);
});

test.each<[string, string, boolean]>([
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*c', 'abcd', false],
  ['*', '', true],
  ['a*b*c', 'aXbXc', true],
  ['a*b*c', 'acb', false],
  ['abc', 'ABC', false],
  ['ab*ba', 'aba', false],
  ['*x*', 'axa', true],
  ['.*', 'abc', false],
])('the pattern %s and the name %s', (pattern, name, matches) => {
  expect(matchesPattern(pattern, name)).toBe(matches);
});

describe('arguments', () => {
  const kinds = (args: unknown, database = true): readonly string[] =>
    readArguments(fromPlain(args), database).findings.map(({ kind }) => kind);

  test.each([
    [{ connectionString: 'postgresql://localhost/x' }, ['connection']],
    [{ sourceConnectionString: 'anything' }, ['connection']],
    [{ x: { dsn: 'postgres://a:b@c/d' } }, ['connection']],
    [{ host: 'db.internal', port: 5432 }, ['connection']],
    [{ body: `token ghp_${'a1B2'.repeat(9)}` }, ['credential']],
    [{ note: 'a\u202eb' }, ['hidden']],
  ])('%j is found', (args, expected) => {
    expect(kinds(args)).toEqual(expected);
  });

  test.each([
    { message: 'hello' },
    { sql: 'SELECT 1' },
    { path: '/srv/app/a.txt', content: 'x = 1\n' },
    { url: 'https://example.com' },
  ])('%j has no finding', (args) => {
    expect(kinds(args)).toEqual([]);
  });

  test('SQL is found by its name and by its beginning, for servers of databases only', () => {
    const args = fromPlain({
      sql: 'anything',
      q: '-- x\n drop table a',
      operations: [{ query: 'select 1' }],
      n: 'selected',
    });
    expect(readArguments(args, true).sql).toEqual(['anything', '-- x\n drop table a', 'select 1']);
    expect(readArguments(args, false).sql).toEqual([]);
  });
});
