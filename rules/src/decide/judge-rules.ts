/** The rules of policy files: which of them match an operation. One that cannot be evaluated denies. */

import type { ConditionAnswer } from '../conditions/compile-condition.ts';
import { oneByOne, toConditionFacts } from '../conditions/to-roots.ts';
import type { OperationFacts } from '../facts/operation.ts';
import type { PolicyRule } from '../policy/rules-schema.ts';
import type { RuleMatch } from './decision.ts';

/** What one rule said of an operation, for explaining. */
export interface RuleAnswer {
  readonly rule: PolicyRule;
  readonly answer: ReturnType<PolicyRule['condition']['ask']>;
}

const NOT_ABOUT_IT: ConditionAnswer = { kind: 'not about it' };

/** Asks every rule. The facts are prepared once, and not at all when there is no rule. */
export function askRules(rules: readonly PolicyRule[], facts: OperationFacts): RuleAnswer[] {
  if (rules.length === 0) return [];
  const prepared = oneByOne(facts).map(toConditionFacts);
  return rules.map((rule) => {
    const answers = prepared.map((part) => rule.condition.ask(part));
    return { rule, answer: rule.verdict === 'allow' ? weakest(answers) : strongest(answers) };
  });
}

/** One operation that a rule stops, or fails on, stops them all. */
function strongest(answers: readonly ConditionAnswer[]): ConditionAnswer {
  const loud = find(answers, 'failed') ?? find(answers, 'matches');
  return loud ?? find(answers, 'does not match') ?? NOT_ABOUT_IT;
}

/** SECURITY(P-71): a rule that allows one operation of a request says nothing of its neighbour. */
function weakest(answers: readonly ConditionAnswer[]): ConditionAnswer {
  const quiet = find(answers, 'failed') ?? find(answers, 'does not match');
  return quiet ?? find(answers, 'not about it') ?? find(answers, 'matches') ?? NOT_ABOUT_IT;
}

function find(
  answers: readonly ConditionAnswer[],
  kind: ConditionAnswer['kind'],
): ConditionAnswer | undefined {
  return answers.find((answer) => answer.kind === kind);
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
