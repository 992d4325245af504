/**
 * Answers in exactly the shape that each agent takes. A field too much makes some agents drop the whole answer and go on,
 * so each shape is written out. `ask` is in none: agents ignore it or turn it into something else.
 */

import type { HookAgent } from './hook-call.ts';

/** What the agent is told. */
export type HookAnswer =
  | { readonly kind: 'allow' }
  /** `reason` is never empty: an agent drops a denial without one. */
  | { readonly kind: 'deny'; readonly reason: string };

/** What a command hook prints and ends in. */
export interface CommandAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * The body of an answer; null for nothing at all.
 * @param event the agent's own name of the event
 */
export function toAnswerBody(agent: HookAgent, event: string, answer: HookAnswer): object | null {
  switch (agent) {
    case 'claude':
    case 'vscode':
      // No decision leaves the agent's own permissions in force; `allow` would switch them off.
      return answer.kind === 'allow' ? {} : denyClaude(event, answer.reason);
    case 'codex':
      return answer.kind === 'allow' ? null : denyClaude(event, answer.reason);
    case 'cursor':
      // An empty answer blocks where the hook is marked to fail closed. The model reads `user_message`.
      return answer.kind === 'allow'
        ? { permission: 'allow' }
        : { permission: 'deny', user_message: answer.reason, agent_message: answer.reason };
    case 'gemini':
      return answer.kind === 'allow'
        ? { decision: 'allow' }
        : { decision: 'deny', reason: answer.reason };
    case 'opencode':
      return answer.kind === 'allow'
        ? { decision: 'allow' }
        : { decision: 'deny', reason: answer.reason };
  }
}

function denyClaude(event: string, reason: string): object {
  if (event === 'PermissionRequest') {
    const decision = { behavior: 'deny', message: reason };
    return { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } };
  }
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: 'deny',
      permissionDecisionReason: reason,
    },
  };
}

/** The same for a hook that is a program. */
export function toCommandAnswer(
  agent: HookAgent,
  event: string,
  answer: HookAnswer,
): CommandAnswer {
  const body = toAnswerBody(agent, event, answer);
  return { stdout: body === null ? '' : `${JSON.stringify(body)}\n`, stderr: '', exitCode: 0 };
}

/** For everything that went wrong on our side: a text and the exit code that every agent takes as no. */
export function toFailureAnswer(reason: string): CommandAnswer {
  return { stdout: '', stderr: `${reason}\n`, exitCode: 2 };
}
