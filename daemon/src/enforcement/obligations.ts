/**
 * What a decision obliges enforcement to, held against what was done. INVARIANT: an obligation that is not understood, or was
 * not carried out, turns the decision into a denial.
 */

import type { Decision, Obligation } from '@agentguard/rules';
import type { Operation, Rewriting } from './enforcement.ts';

/** The decision as it holds for an operation that was put into a role's reach, or could not be. */
export function withRewriting(decision: Decision, rewriting: Rewriting | undefined): Decision {
  // A denial by a rule says more than that the statement could not be rewritten either.
  if (rewriting?.refusal == null || decision.verdict === 'deny') return decision;
  const { role, refusal: reason } = rewriting;
  const match = { rule: `role/${role}/reach`, verdict: 'deny', reason, statement: 0 } as const;
  return { ...decision, verdict: 'deny', rules: [match], reason, critical: true };
}

/** Why an obligation of a decision does not hold; null when all of them do. A clause. */
export function unmetObligation(decision: Decision, operation: Operation): string | null {
  for (const obligation of decision.obligations) {
    if (!isMet(obligation, operation)) {
      return `the obligation \`${obligation.kind}\` cannot be carried out`;
    }
  }
  return null;
}

function isMet(obligation: Obligation, { rewriting }: Operation): boolean {
  switch (obligation.kind) {
    case 'rewrite':
      return rewriting?.role === obligation.role && rewriting.refusal === null;
    case 'read-only':
      // Nothing carries this one out yet.
      return false;
  }
}
