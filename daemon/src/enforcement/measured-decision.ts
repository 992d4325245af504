/** What numbers, or the lack of them, make of a decision. */

import { askOverLimit, toNumber, whyNotMeasurable } from '@agentguard/rules';
import type { Decision } from '@agentguard/rules';
import type { Operation } from './enforcement.ts';
import type { RolledBack } from './held-operation.ts';

/** An allowed operation under a limit that nobody can check is asked about. */
export function toLimited(operation: Operation, decision: Decision, limit: number): Decision {
  const { action } = operation;
  if (decision.verdict !== 'allow' || action.protocol !== 'postgres') return decision;
  const why =
    whyNotMeasurable(action.sql) ??
    (operation.holdable === true ? null : 'it comes in a way that cannot be held');
  if (why === null) return decision;
  const reason = `${why}, so the limit of ${toNumber(limit)} rows cannot be checked`;
  return askOverLimit(decision, reason, decision.id);
}

/** The operation as it was before anything of it was measured. */
export function withoutNumbers(operation: Operation): Operation {
  const bare: { -readonly [Name in keyof Operation]: Operation[Name] } = { ...operation };
  delete bare.measured;
  delete bare.notMeasured;
  delete bare.forecast;
  return bare;
}

/** The operation with what its run showed. */
export function withNumbers(operation: Operation, what: RolledBack): Operation {
  const bare = withoutNumbers(operation);
  switch (what.kind) {
    case 'counted':
      return { ...bare, measured: what.counts, forecast: what.forecast };
    case 'not counted':
      return { ...bare, notMeasured: what.why };
    case 'answer too long':
      return bare;
  }
}

/** The decision that follows a rolled-back run: never an allow, since what may pass was not rolled back. */
export function toDecisionBehind(decision: Decision, what: RolledBack): Decision {
  if (decision.verdict === 'deny') return decision;
  switch (what.kind) {
    case 'counted':
      if (decision.verdict === 'ask' && what.over === null) return decision;
      return withOver(decision, what.over ?? 'it changes more than was approved');
    case 'not counted':
      if (decision.verdict === 'ask') return decision;
      return askOverLimit(decision, `its effect could not be measured: ${what.why}`, decision.id);
    case 'answer too long':
      return denyLong(decision);
  }
}

function withOver(decision: Decision, over: string): Decision {
  const asked = askOverLimit(decision, over, decision.id);
  if (decision.verdict !== 'ask') return asked;
  return { ...asked, rules: [...decision.rules, ...asked.rules], reason: decision.reason };
}

function denyLong(decision: Decision): Decision {
  const reason = 'it returns more rows than can be held back until its effect is judged';
  const match = { rule: 'builtin/held-answer', verdict: 'deny', reason, statement: 0 } as const;
  return { ...decision, verdict: 'deny', rules: [match], reason, critical: true };
}
