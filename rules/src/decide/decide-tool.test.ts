import { describe, expect, test } from 'vitest';
import type { OperationFacts } from '../facts/operation.ts';
import type { ToolCover, ToolDeed } from '../facts/tool-deed.ts';
import { decide } from './decide.ts';
import type { Verdict } from './decision.ts';
import { policyWithoutFile } from './policy-state.ts';
import type { PolicyState } from './policy-state.ts';

const IN_FORCE: PolicyState = { kind: 'in force', policy: policyWithoutFile('r1') };

function toolCall(deeds: readonly ToolDeed[], cover?: ToolCover): OperationFacts {
  const findings = deeds.map((deed) => ({ deed, by: 'git', what: `it does ${deed}`, via: [] }));
  const behind = cover === undefined ? {} : { cover };
  const tool = { tool: 'Bash', programs: ['git'], findings, secretSpans: [], ...behind };
  return {
    principal: { person: 'ana', agent: 'claude', session: 's1' },
    token: null,
    resource: { name: 'claude Bash', kind: 'tool', environment: 'unknown' },
    action: { protocol: 'tool', tool },
    context: { now: 0, windowOpen: false, inTransaction: false },
  };
}

const SAVED: ToolCover = { savePoint: 'sp-00000001' };
const SAVED_AND_GATED: ToolCover = { ...SAVED, databaseGate: true };

describe('a tool of an agent', () => {
  test.each<[readonly ToolDeed[], ToolCover | undefined, Verdict]>([
    [[], undefined, 'allow'],
    [['discard'], undefined, 'ask'],
    [['discard'], SAVED, 'allow'],
    [['database'], undefined, 'ask'],
    [['database'], SAVED, 'ask'],
    [['database'], { databaseGate: true }, 'ask'],
    [['database'], SAVED_AND_GATED, 'allow'],
    [['destroy'], SAVED_AND_GATED, 'ask'],
    [['unclear'], SAVED_AND_GATED, 'ask'],
    [['reveal'], SAVED_AND_GATED, 'ask'],
    [['settings'], SAVED_AND_GATED, 'ask'],
    [['tamper'], SAVED_AND_GATED, 'deny'],
    [['discard', 'destroy'], SAVED_AND_GATED, 'ask'],
    [['discard', 'tamper'], SAVED_AND_GATED, 'deny'],
  ])('that does %j with %j behind it: %s', (deeds, cover, verdict) => {
    expect(decide(toolCall(deeds, cover), IN_FORCE, 'd').verdict).toBe(verdict);
  });
});
