/** A decision with everything that was asked on the way to it: what each role, rule and built-in rule said, and why. */

import { toConditionFacts } from '../conditions/to-roots.ts';
import { effectsOfParts } from '../facts/action.ts';
import { countsAsProduction } from '../facts/operation.ts';
import type { OperationFacts } from '../facts/operation.ts';
import type { PolicyRule } from '../policy/rules-schema.ts';
import { BUILT_IN_RULES } from './built-in-rules.ts';
import { decide } from './decide.ts';
import type { Decision, Verdict } from './decision.ts';
import { judgeScope } from './judge-scope.ts';
import type { Policy, PolicyState } from './policy-state.ts';

/** What one rule said. */
export interface RuleExplanation {
  readonly rule: string;
  /** Null: it has nothing to say about this operation. */
  readonly verdict: Verdict | null;
  readonly why: string;
}

/** A decision and the way to it. */
export interface Explanation {
  readonly decision: Decision;
  /** In the order of precedence: the role, the rules of files, the built-in rules. */
  readonly steps: readonly RuleExplanation[];
}

/** Decides as `decide` does and says what each rule had to do with it. */
export function explain(facts: OperationFacts, state: PolicyState, id: string): Explanation {
  const decision = decide(facts, state, id);
  if (state.kind !== 'in force') {
    const steps = decision.rules.map(({ rule, verdict, reason }) => ({
      rule,
      verdict,
      why: reason,
    }));
    return { decision, steps };
  }
  const { policy } = state;
  const steps = [
    ...explainScope(facts, policy),
    ...policy.rules.map((rule) => explainRule(rule, facts)),
    ...explainBuiltIn(facts),
  ];
  return { decision, steps };
}

function explainScope(facts: OperationFacts, policy: Policy): readonly RuleExplanation[] {
  const { scope, matches } = judgeScope(facts, policy);
  const denials = matches.map(({ rule, verdict, reason }) => ({ rule, verdict, why: reason }));
  switch (scope.kind) {
    case 'none':
      return [{ rule: 'role', verdict: null, why: 'no role holds here' }];
    case 'refused':
      return denials;
    case 'role': {
      if (denials.length > 0) return denials;
      const rule = `role/${scope.role.name}`;
      return [{ rule, verdict: null, why: 'it grants all that the operation does' }];
    }
  }
}

function explainRule(rule: PolicyRule, facts: OperationFacts): RuleExplanation {
  const prepared = toConditionFacts(facts);
  const { kind } = rule.condition.ask(prepared);
  const verdicts = { matches: rule.verdict, failed: 'deny' } as const;
  const verdict = kind === 'matches' || kind === 'failed' ? verdicts[kind] : null;
  return { rule: rule.id, verdict, why: rule.condition.explain(prepared) };
}

function explainBuiltIn(facts: OperationFacts): readonly RuleExplanation[] {
  const situation = {
    production: countsAsProduction(facts.resource.environment),
    windowOpen: facts.context.windowOpen,
  };
  const effects = effectsOfParts(facts.action).flat();
  return BUILT_IN_RULES.flatMap(({ id, judge }): RuleExplanation[] => {
    const answers = effects.flatMap((effect) => judge(effect, situation) ?? []);
    if (answers.length === 0) {
      return [{ rule: id, verdict: null, why: 'nothing in the operation is its business' }];
    }
    return answers.map(({ verdict, reason }) => ({ rule: id, verdict, why: reason }));
  });
}
