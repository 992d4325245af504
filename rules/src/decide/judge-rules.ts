/** The rules of policy files: which of them match an operation. One that cannot be evaluated denies. */

import { toConditionFacts } from '../conditions/to-roots.ts';
import type { OperationFacts } from '../facts/operation.ts';
import type { PolicyRule } from '../policy/rules-schema.ts';
import type { RuleMatch } from './decision.ts';

/** What one rule said of an operation, for explaining. */
export interface RuleAnswer {
  readonly rule: PolicyRule;
  readonly answer: ReturnType<PolicyRule['condition']['ask']>;
}

/** Asks every rule. The facts are prepared once, and not at all when there is no rule. */
export function askRules(rules: readonly PolicyRule[], facts: OperationFacts): RuleAnswer[] {
  if (rules.length === 0) return [];
  const prepared = toConditionFacts(facts);
  return rules.map((rule) => ({ rule, answer: rule.condition.ask(prepared) }));
}

/** SECURITY(P-71): a rule that fails says no, whatever it would have said. */
export function toRuleMatch({ rule, answer }: RuleAnswer): RuleMatch | null {
  switch (answer.kind) {
    case 'matches':
      return { rule: rule.id, verdict: rule.verdict, reason: rule.reason, statement: 0 };
    case 'failed': {
      const reason = `the rule \`${rule.id}\` could not be evaluated: ${answer.why}`;
      return { rule: rule.id, verdict: 'deny', reason, statement: 0 };
    }
    case 'does not match':
    case 'not about it':
      return null;
  }
}
