/**
 * The decision point: facts in, decision out. Pure: the same facts always give the same verdict.
 *
 * Precedence, strictest first:
 * 1. a policy that cannot be put in force denies everything, and so does a stop of everything;
 * 2. whatever denies wins: an operation that a role forbids, what lies outside of the role, a rule, a built-in rule;
 * 3. a rule of a file that asks wins over one that allows;
 * 4. a rule of a file that allows lifts the questions of the built-in rules, but for what cannot be looked into;
 * 5. what no rule speaks about is allowed, because every effect that a rule ought to see has one.
 */

import { effectsOfParts } from '../facts/action.ts';
import type { Effect } from '../facts/effect.ts';
import { judgeMcp } from '../mcp/judge-mcp.ts';
import { countsAsProduction } from '../facts/operation.ts';
import type { OperationFacts } from '../facts/operation.ts';
import { BUILT_IN_RULES } from './built-in-rules.ts';
import type { RuleSituation } from './built-in-rules.ts';
import type { Decision, RuleMatch, Verdict } from './decision.ts';
import { askRules, toRuleMatch } from './judge-rules.ts';
import { judgeScope } from './judge-scope.ts';
import type { Policy, PolicyState } from './policy-state.ts';

const VERDICT_RANK: Readonly<Record<Verdict, number>> = { allow: 0, ask: 1, deny: 2 };

/** The stricter of two verdicts. */
export function stricter(left: Verdict, right: Verdict): Verdict {
  return VERDICT_RANK[left] >= VERDICT_RANK[right] ? left : right;
}

interface Match extends RuleMatch {
  readonly critical: boolean;
}

/**
 * Decides on one operation.
 * @param facts who wants to do what, on what, in which circumstances
 * @param state the policy in force, or why there is none
 * @param id identifier that the decision shall carry
 */
export function decide(facts: OperationFacts, state: PolicyState, id: string): Decision {
  if (state.kind !== 'in force') return denyEverything(state, id);
  const { policy } = state;
  const { matches, obligations } = judgeScope(facts, policy);
  const rules = askRules(policy.rules, facts).flatMap((answer) => {
    const match = toRuleMatch(answer);
    return match === null ? [] : toCritical(match);
  });
  const situation: RuleSituation = {
    production: countsAsProduction(facts.resource.environment),
    windowOpen: facts.context.windowOpen,
  };
  const builtIn = effectsOfParts(facts.action).flatMap((effects, index) =>
    judgePart(effects, index, situation),
  );
  const lifted = rules.some(({ verdict }) => verdict === 'allow');
  const defaults = lifted ? builtIn.filter(staysAboveAllow) : builtIn;
  const all = [...matches.map(toCritical), ...rules, ...judgeMcpAction(facts, policy), ...defaults];
  return { ...toDecision(all, policy.revision, id), obligations };
}

function judgeMcpAction({ action, token }: OperationFacts, policy: Policy): readonly Match[] {
  if (action.protocol !== 'mcp') return [];
  return judgeMcp(action.mcp, policy.mcp, token?.role ?? null).map((match) => ({
    ...match,
    statement: 0,
  }));
}

/** What a file denies or asks is never remembered, since nobody knows how much its author meant by it. */
function toCritical(match: RuleMatch): Match {
  return { ...match, critical: match.verdict !== 'allow' };
}

/** A rule that allows lifts what is asked by default; it never lifts a denial, nor what nobody could look into. */
function staysAboveAllow({ verdict, rule }: Match): boolean {
  return verdict === 'deny' || rule === 'builtin/uninspectable';
}

function judgePart(effects: readonly Effect[], index: number, situation: RuleSituation): Match[] {
  const matches: Match[] = [];
  for (const effect of effects) {
    for (const rule of BUILT_IN_RULES) {
      const answer = rule.judge(effect, situation);
      if (answer === null) continue;
      const reason = answer.reason + describeVia(effect.via);
      if (matches.some((match) => match.rule === rule.id && match.reason === reason)) continue;
      matches.push({ ...answer, rule: rule.id, reason, statement: index });
    }
  }
  return matches;
}

/** Where an effect happens, when that is not the statement's own text. */
function describeVia(via: readonly string[]): string {
  return via.length === 0 ? '' : ` (through ${via.join(', then ')})`;
}

function toDecision(matches: readonly Match[], policyRevision: string, id: string): Decision {
  const verdict = matches.reduce<Verdict>(
    (worst, match) => stricter(worst, match.verdict),
    'allow',
  );
  const carrying = matches.filter((match) => match.verdict === verdict);
  return {
    id,
    verdict,
    rules: carrying.map(({ rule, verdict: said, reason, statement }) => ({
      rule,
      verdict: said,
      reason,
      statement,
    })),
    reason: carrying.length === 0 ? 'no rule speaks against it' : summarise(carrying),
    obligations: [],
    policyRevision,
    critical: carrying.some((match) => match.critical),
  };
}

/** The first reason in full, the others by number, since every one is listed in `rules`. */
function summarise(carrying: readonly Match[]): string {
  const first = carrying[0]?.reason ?? '';
  return carrying.length === 1 ? first : `${first}; and ${carrying.length - 1} more`;
}

function denyEverything(state: Exclude<PolicyState, { kind: 'in force' }>, id: string): Decision {
  const { rule, reason } = whyNothing(state);
  return {
    id,
    verdict: 'deny',
    rules: [{ rule, verdict: 'deny', reason, statement: 0 }],
    reason,
    obligations: [],
    policyRevision: 'none',
    critical: true,
  };
}

function whyNothing(state: Exclude<PolicyState, { kind: 'in force' }>): {
  readonly rule: string;
  readonly reason: string;
} {
  switch (state.kind) {
    case 'broken':
      // SECURITY(P-19): a file that nobody can read may have said no to anything.
      return {
        rule: 'builtin/no-policy',
        reason: `the policy cannot be put in force: ${state.problem}`,
      };
    case 'stopped':
      return {
        rule: 'builtin/panic',
        reason: `everything was stopped by ${state.by} until \`agentguard resume\``,
      };
  }
}
