/** Hooks of agents that come over the control socket, from a program with the token of its session. */

import type { CallHandlers } from '../control/server/handlers.ts';
import { toCommandAnswer, toFailureAnswer } from '../hooks/answer-shapes.ts';
import type { HookDesk, HookSession } from '../hooks/hook-desk.ts';
import { NO_SESSION } from '../hooks/request-head.ts';

/** What the handler is built from. */
export interface HookCallParts {
  readonly desk: Pick<HookDesk, 'answer'>;
  /** A live session; null for every other. */
  readonly session: (id: string) => HookSession | null;
}

/** Handler of the call. A person has no session to ask under, so their call is refused like a stranger's. */
export function makeHookCalls({ desk, session }: HookCallParts): Pick<CallHandlers, 'agent.hook'> {
  return {
    'agent.hook': async ({ agent, event }, { actor, signal }) => {
      const found = actor.kind === 'session' ? session(actor.session) : null;
      if (found === null) return toFailureAnswer(NO_SESSION);
      const answered = await desk.answer(agent, event, { session: found, signal });
      return toCommandAnswer(agent, answered.event, answered.answer);
    },
  };
}
