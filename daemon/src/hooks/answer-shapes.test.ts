import { describe, expect, test } from 'vitest';
import { HOOK_AGENTS } from '../control/contract/messages/hooks.ts';
import { toAnswerBody, toCommandAnswer, toFailureAnswer } from './answer-shapes.ts';
import type { HookAgent } from './hook-call.ts';

const NO = { kind: 'deny', reason: 'because' } as const;
const YES = { kind: 'allow' } as const;
const DENIED = {
  hookSpecificOutput: {
    hookEventName: 'PreToolUse',
    permissionDecision: 'deny',
    permissionDecisionReason: 'because',
  },
};

describe('an answer has exactly the shape that its agent takes', () => {
  test.each<[HookAgent, object, object | null]>([
    ['claude', DENIED, {}],
    ['vscode', DENIED, {}],
    ['codex', DENIED, null],
    [
      'cursor',
      { permission: 'deny', user_message: 'because', agent_message: 'because' },
      { permission: 'allow' },
    ],
    ['gemini', { decision: 'deny', reason: 'because' }, { decision: 'allow' }],
    ['opencode', { decision: 'deny', reason: 'because' }, { decision: 'allow' }],
  ])('%s', (agent, denied, allowed) => {
    expect(toAnswerBody(agent, 'PreToolUse', NO)).toEqual(denied);
    expect(toAnswerBody(agent, 'PreToolUse', YES)).toEqual(allowed);
  });

  test('a request for a permission is denied in its own shape', () => {
    expect(toAnswerBody('codex', 'PermissionRequest', NO)).toEqual({
      hookSpecificOutput: {
        hookEventName: 'PermissionRequest',
        decision: { behavior: 'deny', message: 'because' },
      },
    });
  });

  test.each(HOOK_AGENTS)('%s is never told to ask', (agent) => {
    for (const answer of [NO, YES]) {
      expect(toCommandAnswer(agent, 'PreToolUse', answer).stdout).not.toContain('ask');
    }
  });

  test('a failure of ours is a text and the exit code that means no', () => {
    expect(toFailureAnswer('x')).toEqual({ stdout: '', stderr: 'x\n', exitCode: 2 });
  });
});
