/** Who wins: forbidden operations, the role, rules of files, built-in rules. */

import { describe, expect, test } from 'vitest';
import type { Effect } from '../facts/effect.ts';
import type { OperationFacts } from '../facts/operation.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { TokenClaims } from '../roles/token-claims.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { explain } from './explain.ts';
import type { PolicyState } from './policy-state.ts';

const PARSER = await loadSqlParser();

const T = { kind: 'table', schema: 'public', name: 't' } as const;
const READ: Effect = { kind: 'read', object: T, via: [] };
const DELETE_ALL: Effect = { kind: 'delete', object: T, rows: 'all', via: [] };
const DELETE_ONE: Effect = { kind: 'delete', object: T, rows: 'bounded', via: [] };
const UNKNOWN: Effect = { kind: 'unknown', reason: 'x', via: [] };
const OUTSIDE: Effect = { kind: 'outside', target: 'server file', name: 'f', via: [] };

const CLAIMS: TokenClaims = {
  id: 'tok-1',
  role: null,
  values: {},
  resources: null,
  person: 'ana',
  onBehalfOf: null,
  agent: null,
  label: null,
  issuedAt: 0,
  expiresAt: 1,
};

function stateOf(text: string): PolicyState {
  const parsed = parsePolicy(`version: 1\n${text}`, PARSER);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return { kind: 'in force', policy: parsed.file };
}

function factsOf(effect: Effect, claims: Partial<TokenClaims> | null): OperationFacts {
  const statement = { command: 'X', start: 0, end: 1, functions: [], changesState: false };
  return {
    principal: { person: 'ana', agent: 'a', session: 's' },
    token: claims === null ? null : { ...CLAIMS, ...claims },
    resource: { name: 'db', kind: 'postgres', environment: 'production' },
    action: {
      protocol: 'postgres',
      sql: {
        statements: [{ ...statement, effects: [effect] }],
        literalsIgnored: false,
        secretSpans: [],
      },
    },
    context: { now: 0, windowOpen: false, inTransaction: false },
  };
}

function decideOn(
  text: string,
  effect: Effect,
  claims: Partial<TokenClaims> | null = null,
): Decision {
  return decide(factsOf(effect, claims), stateOf(text), 'd');
}

const rule = (effect: string, when = 'true', id = effect): string =>
  `  - { id: ${id}, when: '${when}', effect: ${effect} }\n`;

describe('rules of files', () => {
  test.each<[string, string, Effect, Decision['verdict'], string]>([
    ['a denial beats an allowance', rule('allow') + rule('deny'), READ, 'deny', 'deny'],
    ['a question beats an allowance', rule('allow') + rule('ask'), READ, 'ask', 'ask'],
    ['a denial beats a question', rule('ask') + rule('deny'), READ, 'deny', 'deny'],
    ['an allowance lifts what is asked by default', rule('allow'), DELETE_ALL, 'allow', 'allow'],
    [
      'and only where it matches',
      rule('allow', 'sql.ddl'),
      DELETE_ALL,
      'ask',
      'builtin/unbounded-change',
    ],
    ['it never lifts a denial', rule('allow'), OUTSIDE, 'deny', 'builtin/outside'],
    ['nor what cannot be looked into', rule('allow'), UNKNOWN, 'ask', 'builtin/uninspectable'],
    [
      'one that fails denies, whatever it says (P-71)',
      rule('allow', 'sql.commands[9] == "x"'),
      READ,
      'deny',
      'allow',
    ],
    ['one of another protocol says nothing', rule('deny', 'mcp.tool != "x"'), READ, 'allow', ''],
  ])('%s', (_what, rules, effect, verdict, by) => {
    const decision = decideOn(`rules:\n${rules}`, effect);
    expect(decision.verdict).toBe(verdict);
    expect(decision.rules[0]?.rule ?? '').toBe(by);
  });
});

const ROLES = `resources:
  db: { kind: postgres, role: guest }
roles:
  guest: { tables: { t: [SELECT] }, forbidden_operations: [TRUNCATE, DELETE] }
  cleaner: { tables: { t: [SELECT, DELETE] } }
  tenant: { tables: { t: [SELECT] }, filters: { t: "id = {{ token.tenant_id }}" } }
  personal: { tables: { t: [SELECT] }, on_behalf_of: required }
`;

describe('a role (P-70)', () => {
  test('of the resource holds for a token without one, and that of the token in its place', () => {
    expect(decideOn(ROLES, READ).verdict).toBe('allow');
    expect(decideOn(ROLES, { ...READ, object: { ...T, name: 'other' } }).rules[0]?.rule).toBe(
      'role/guest',
    );
  });

  test("what the resource's own role forbids, no other role grants", () => {
    const elsewhere = ROLES.replace('db:', 'elsewhere:');
    expect(decideOn(elsewhere, DELETE_ONE, { role: 'cleaner' }).verdict).toBe('allow');
    const here = decideOn(ROLES, DELETE_ONE, { role: 'cleaner' });
    expect(here.verdict).toBe('deny');
    expect(here.rules[0]?.rule).toBe('role/cleaner/forbidden');
  });

  test('is lifted by no rule', () => {
    expect(decideOn(`${ROLES}rules:\n${rule('allow')}`, DELETE_ONE).verdict).toBe('deny');
  });

  test('does not lift what is asked by default', () => {
    const elsewhere = ROLES.replace('db:', 'elsewhere:');
    expect(decideOn(elsewhere, DELETE_ALL, { role: 'cleaner' }).verdict).toBe('ask');
  });

  test.each([
    ['that is not there any more', { role: 'gest' }, 'did you mean `guest`?'],
    ['whose filters need what the token lacks', { role: 'tenant' }, 'token.tenant_id'],
    ['for a person, without one', { role: 'personal' }, 'on behalf of a person'],
  ])('%s denies everything', (_what, claims, word) => {
    const decision = decideOn(ROLES, READ, claims);
    expect(decision).toMatchObject({ verdict: 'deny', rules: [{ rule: 'role/scope' }] });
    expect(decision.reason).toContain(word);
  });

  test('names of the language are no values of a token', () => {
    const text = ROLES.replace('token.tenant_id', 'token.constructor');
    expect(decideOn(text, READ, { role: 'tenant' }).verdict).toBe('deny');
  });

  test('that shows a table in part obliges to rewriting, and one that shows all of it does not', () => {
    const part = decideOn(ROLES, READ, { role: 'tenant', values: { tenant_id: 'a' } });
    expect(part).toMatchObject({
      verdict: 'allow',
      obligations: [{ kind: 'rewrite', role: 'tenant' }],
    });
    expect(decideOn(ROLES, READ).obligations).toEqual([]);
  });
});

test('an explanation names every rule, and why it has nothing to say', () => {
  const text = `rules:\n${rule('deny', 'sql.ddl && resource.production', 'no-ddl')}${rule('deny', 'mcp.tool == "x"', 'no-x')}`;
  const { decision, steps } = explain(factsOf(DELETE_ALL, null), stateOf(text), 'd');
  expect(decision.verdict).toBe('ask');
  expect(steps).toContainEqual({ rule: 'no-ddl', verdict: null, why: 'not true: `sql.ddl`' });
  expect(steps).toContainEqual({
    rule: 'no-x',
    verdict: null,
    why: 'it speaks of mcp, and this is sql',
  });
  expect(steps.filter(({ verdict }) => verdict === 'ask')).toHaveLength(1);
});
