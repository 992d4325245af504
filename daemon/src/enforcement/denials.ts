/** The words of a denial. An agent reads them: they say what to do instead of trying another way. */

import type { Decision } from '@agentguard/rules';
import type { Denial } from './enforcement.ts';

/** Why a question did not end in approval. */
export type NotApproved = 'denied' | 'expired' | 'cancelled' | 'unreachable';

const RECORDED = 'This attempt is on the record; so is every further one.';

/** A rule said no. */
export function toRuleDenial(decision: Decision): Denial {
  return {
    decision: decision.id,
    message: `blocked by agentguard: ${decision.reason}`,
    rules: decision.rules.map((match) => match.rule),
    hint: `No approval lifts this rule. Do the task without it, or tell the person what you need and why. ${RECORDED}`,
  };
}

/** It would have passed, and came too fast. */
export function toRateDenial(decision: Decision, retryAfterMs: number): Denial {
  const seconds = Math.ceil(retryAfterMs / 1000);
  return {
    decision: decision.id,
    message: `blocked by agentguard: ${decision.reason}`,
    rules: decision.rules.map((match) => match.rule),
    hint: `Wait ${seconds} s and repeat the same; the connection and its transaction handling are as after any error.`,
    retryAfterMs,
  };
}

/** A person was to be asked, and no yes came. */
export function toApprovalDenial(
  decision: Decision,
  why: NotApproved,
  approval: { readonly id: string; readonly note: string | null } | null,
): Denial {
  return {
    decision: decision.id,
    message: `blocked by agentguard: ${decision.reason}; ${MESSAGE[why]}`,
    rules: decision.rules.map((match) => match.rule),
    hint: `${toHint(why, approval)} ${RECORDED}`,
    ...(why === 'expired' && approval !== null ? { waiting: { approval: approval.id } } : {}),
  };
}

const MESSAGE: Readonly<Record<NotApproved, string>> = {
  denied: 'a person at this machine said no',
  expired: 'nobody answered in time',
  cancelled: 'the question was withdrawn before it was answered',
  unreachable: 'nobody can be asked',
};

function toHint(
  why: NotApproved,
  approval: { readonly id: string; readonly note: string | null } | null,
): string {
  switch (why) {
    case 'denied':
      return approval?.note == null
        ? 'Do not try another way to the same effect; ask the person what they want instead.'
        : `The person says: ${approval.note}`;
    case 'expired':
      return `A person can still approve ${approval?.id ?? 'it'}; then repeat the identical statement within five minutes.`;
    case 'cancelled':
      return 'Nothing was executed.';
    case 'unreachable':
      return 'A person has to open a surface first, for example: agentguard approval watch.';
  }
}
