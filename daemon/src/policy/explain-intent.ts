/** A recorded decision, and what each rule of the policy in force says of it. */

import { explain, scopeOf } from '@agentguard/rules';
import type { PolicyState } from '@agentguard/rules';
import type { CallResult } from '../control/contract/methods.ts';
import { InputError } from '../errors.ts';
import { toFacts, toReplayed } from './replay.ts';

/**
 * Explains a recorded decision.
 * @param policyFor what is in force for a session
 * @throws InputError for an entry that is no operation on a database
 */
export function explainIntent(
  entry: object,
  policyFor: (session: string) => PolicyState,
): CallResult<'policy.explain'> {
  const intent = toReplayed(entry);
  if (intent === null) {
    throw new InputError('CONTROL_REFUSED', 'only operations on a database can be explained', {
      audience: 'user',
    });
  }
  const state = policyFor(intent.principal.session);
  const facts = toFacts(intent);
  const { decision, steps } = explain(facts, state, intent.decision);
  const scope =
    state.kind === 'in force' ? scopeOf(state.policy, intent.resource.name, facts.token) : null;
  const { reason } = intent;
  return {
    decision: intent.decision,
    statement: intent.statement,
    resource: intent.resource.name,
    role: scope?.kind === 'role' ? scope.role.name : null,
    recorded: intent.verdict,
    recordedRevision: intent.policyRevision,
    recordedReason: typeof reason === 'string' ? reason : '',
    verdict: decision.verdict,
    reason: decision.reason,
    revision: decision.policyRevision,
    steps: steps.map((step) => ({ ...step })),
  };
}
