import { describe, expect, test } from 'vitest';
import { compileCondition } from '../conditions/compile-condition.ts';
import type { HttpOperationKind, HttpSeverity } from '../facts/http-deed.ts';
import type { HttpOperation } from '../facts/http-facts.ts';
import type { Environment, OperationFacts } from '../facts/operation.ts';
import type { PolicyRule } from '../policy/rules-schema.ts';
import { decide } from './decide.ts';
import type { Verdict } from './decision.ts';
import { policyWithoutFile } from './policy-state.ts';
import type { PolicyState } from './policy-state.ts';

const IN_FORCE: PolicyState = { kind: 'in force', policy: policyWithoutFile('r1') };

function operation(
  kind: HttpOperationKind,
  severity: HttpSeverity | null = null,
  name = 'volumeDelete',
): HttpOperation {
  const target = { kind: 'volume', id: 'vol_1', parts: { region: 'eu' } };
  const graphql = {
    operation: 'mutation',
    field: name,
    args: { volumeId: 'vol_1', deep: { n: 2 } },
  } as const;
  return { name, kind, severity, target, does: `does ${name}`, via: [], graphql };
}

function request(
  operations: readonly HttpOperation[],
  environment: Environment = 'production',
): OperationFacts {
  return {
    principal: { person: 'ana', agent: 'claude', session: 's1' },
    token: null,
    resource: { name: 'railway', kind: 'http', environment, packs: ['railway'] },
    action: {
      protocol: 'http',
      http: {
        ...{
          method: 'POST',
          host: 'api.test',
          port: 443,
          path: '/graphql',
          query: [['page', '1']],
        },
        ...{ provider: 'Railway', operations, json: { replace: true }, secretSpans: [] },
      },
    },
    context: { now: 0, windowOpen: false, inTransaction: false },
  };
}

describe('what an API would do', () => {
  test.each<[HttpOperationKind, HttpSeverity | null, Environment, Verdict, boolean]>([
    ['read', null, 'production', 'allow', false],
    ['write', null, 'production', 'allow', false],
    ['destroy', 'critical', 'production', 'ask', true],
    ['destroy', 'critical', 'development', 'ask', true],
    ['destroy', 'high', 'unknown', 'ask', false],
    ['destroy', 'high', 'development', 'ask', false],
    ['destroy', 'medium', 'unknown', 'ask', false],
    ['destroy', 'medium', 'staging', 'allow', false],
    ['destroy', 'medium', 'development', 'allow', false],
    ['reveal', null, 'development', 'ask', false],
    ['mint', null, 'development', 'ask', false],
    ['unknown', null, 'development', 'ask', true],
  ])('%s %s in %s: %s', (kind, severity, environment, verdict, critical) => {
    const decision = decide(request([operation(kind, severity)], environment), IN_FORCE, 'd');
    expect(decision).toMatchObject({ verdict, critical });
  });

  test('SQL that a request carries is judged by the rules of SQL', () => {
    const object = { kind: 'table', schema: null, name: 'users' } as const;
    const carried = {
      ...operation('write'),
      sql: [{ kind: 'truncate', object, via: [] }],
    } as const;
    expect(decide(request([carried], 'development'), IN_FORCE, 'd')).toMatchObject({
      verdict: 'ask',
      rules: [{ rule: 'builtin/truncate' }],
    });
  });
});

function withRule(source: string, verdict: PolicyRule['verdict']): PolicyState {
  const compiled = compileCondition(source);
  if (!compiled.ok) throw new Error(compiled.problem);
  const rule = {
    id: 'mine',
    condition: compiled.condition,
    verdict,
    reason: 'because',
  } as PolicyRule;
  return { kind: 'in force', policy: { ...policyWithoutFile('r1'), rules: [rule] } };
}

describe('rules of files over requests', () => {
  test.each([
    'http.graphql.field == "volumeDelete"',
    'http.graphql.args.volumeId == "vol_1"',
    'http.graphql.args.deep.n == 2.0',
    'http.method == "POST" && http.host == "api.test" && http.path.startsWith("/graphql")',
    'http.query["page"][0] == "1"',
    'http.json.replace == true',
    'http.kind == "destroy" && http.severity == "critical" && http.provider == "Railway"',
    'http.target_kind == "volume" && http.target == "vol_1" && http.parts["region"] == "eu"',
    'http.k8s.verb == "" && http.operation.glob("volume*")',
  ])('%s', (source) => {
    const facts = request([operation('destroy', 'critical')]);
    expect(decide(facts, withRule(source, 'deny'), 'd').verdict).toBe('deny');
    expect(decide(facts, withRule(`!(${source})`, 'deny'), 'd').verdict).toBe('ask');
  });

  test('a denied operation does not hide behind another, and an allowed one lifts nothing of another (P-71)', () => {
    const harmless = operation('write', null, 'volumeCreate');
    const bad = operation('destroy', 'critical');
    const deny = withRule('http.graphql.field == "volumeDelete"', 'deny');
    expect(decide(request([harmless, bad]), deny, 'd').verdict).toBe('deny');
    const allow = withRule('http.graphql.field == "volumeDelete"', 'allow');
    expect(decide(request([bad]), allow, 'd').verdict).toBe('allow');
    expect(
      decide(request([bad, operation('destroy', 'critical', 'projectDelete')]), allow, 'd').verdict,
    ).toBe('ask');
  });

  test('what cannot be looked into is asked about under every rule that allows', () => {
    expect(
      decide(request([operation('unknown')]), withRule('http.host == "api.test"', 'allow'), 'd')
        .verdict,
    ).toBe('ask');
  });
});
