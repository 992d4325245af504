/** A candidate for a policy file, tried on every operation of the record: what would be decided otherwise. */

import { mergePolicies, parsePolicy } from '@agentguard/rules';
import type { PolicyFile, PolicyState, SqlParser } from '@agentguard/rules';
import type { AuditLogHandle } from '../audit/audit-log.ts';
import type { CallParams, CallResult } from '../control/contract/methods.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import { compare, toReplayed } from './replay.ts';
import type { ReplayDifference } from './replay.ts';

/** Entries of one look at the record. */
const PAGE = 500;

/** Differences that are listed; all are counted. */
const MAX_LISTED = 500;

/** What trying needs. */
export interface TestParts {
  readonly keeper: PolicyKeeper;
  readonly policyFor: (workspace: string | null) => PolicyState;
  readonly audit: AuditLogHandle;
  readonly parser: SqlParser;
  readonly signal: AbortSignal;
}

/** Tries a candidate. */
export async function testCandidate(
  { text, as, workspace }: CallParams<'policy.test'>,
  parts: TestParts,
): Promise<CallResult<'policy.test'>> {
  const none = { replayed: 0, skipped: 0, changed: 0, differences: [] };
  const parsed = parsePolicy(text, parts.parser);
  if (!parsed.ok) return { problem: { ...parsed.problem, resource: null }, ...none };
  const now = parts.policyFor(workspace);
  const candidate = toCandidate(parsed.file, as, parts.keeper);
  const result = { ...none, differences: [] as ReplayDifference[] };
  for await (const entry of intents(parts)) {
    const intent = toReplayed(entry);
    if (intent === null) {
      result.skipped += 1;
      continue;
    }
    result.replayed += 1;
    const difference = compare(intent, now, candidate);
    if (difference === null) continue;
    result.changed += 1;
    result.differences.push(difference);
    if (result.differences.length > MAX_LISTED) result.differences.shift();
  }
  return { problem: null, ...result };
}

/** The candidate in the place of the file that it would replace, with the other one beside it. */
function toCandidate(
  file: PolicyFile,
  as: 'person' | 'project',
  keeper: PolicyKeeper,
): PolicyState {
  const { state } = keeper.person;
  const policy = { ...file, revision: 'candidate' };
  if (as === 'person' || state.kind !== 'in force') return { kind: 'in force', policy };
  return { kind: 'in force', policy: mergePolicies(state.policy, policy, 'candidate') };
}

async function* intents({ audit, signal }: TestParts): AsyncGenerator<object> {
  let after = -1;
  for (;;) {
    const found = await audit.query({ type: 'intent', after, limit: PAGE, signal });
    for (const { entry } of found) yield entry;
    const last = found.at(-1);
    if (last === undefined) return;
    after = last.index;
  }
}
