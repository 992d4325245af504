import { describe, expect, test } from 'vitest';
import type { EgressStanding } from '../facts/egress-facts.ts';
import type { OperationFacts } from '../facts/operation.ts';
import { decide } from './decide.ts';
import { policyWithoutFile } from './policy-state.ts';
import type { PolicyState } from './policy-state.ts';

const IN_FORCE: PolicyState = { kind: 'in force', policy: policyWithoutFile('r1') };

function connection(standing: EgressStanding, note: string | null = null): OperationFacts {
  return {
    principal: { person: 'ana', agent: 'claude', session: 's1' },
    token: null,
    resource: { name: 'api.test:443', kind: 'egress', environment: 'unknown' },
    action: {
      protocol: 'egress',
      egress: { host: 'api.test', port: 443, transport: 'tls', standing, note, addresses: [] },
    },
    context: { now: 0, windowOpen: false, inTransaction: false },
  };
}

describe('a connection outwards (P-30)', () => {
  test('to a listed host passes', () => {
    expect(decide(connection('listed'), IN_FORCE, 'd')).toMatchObject({
      verdict: 'allow',
      rules: [],
    });
  });

  test.each<[EgressStanding, string]>([
    ['not listed', '`egress: hosts:`'],
    ['guarded', 'through the guard'],
    ['own', 'the guard itself'],
    ['private', '`private: true`'],
  ])(
    'to one that is %s is denied, never asked about, and says what there is to do',
    (standing, word) => {
      const decision = decide(connection(standing, 'a note'), IN_FORCE, 'd');
      expect(decision).toMatchObject({ verdict: 'deny', rules: [{ rule: 'builtin/egress' }] });
      expect(decision.reason).toContain(word);
      expect(decision.reason).toContain('`api.test:443`');
      expect(decision.reason).toContain('a note');
    },
  );

  test('to a listed host is denied as well while the policy cannot be put in force (P-19)', () => {
    const broken: PolicyState = { kind: 'broken', problem: 'line 3' };
    expect(decide(connection('listed'), broken, 'd').verdict).toBe('deny');
  });
});
