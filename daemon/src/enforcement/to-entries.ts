/** From operations, answers and outcomes to entries of the record. Masks what must not enter it. */

import { classOfAction, commandsOfAction, effectsOfAction } from '@agentguard/rules';
import type { Decision, TokenClaims } from '@agentguard/rules';
import type { Approval } from '../approvals/question.ts';
import type { ApprovalEntry, EntryScope, IntentEntry, OutcomeEntry } from '../audit/entry.ts';
import { digestOfText } from './digests.ts';
import type { Operation, Outcome } from './enforcement.ts';
import { toShownText } from './to-question.ts';

/** What stood around an operation. */
export interface IntentCircumstances {
  readonly now: number;
  readonly toolUses: readonly string[];
  /** The scope of its token; null for one that names no role. */
  readonly claims: TokenClaims | null;
}

function toScope({ id, role, values, onBehalfOf }: TokenClaims): EntryScope {
  return { token: id, role, values, onBehalfOf };
}

/** The entry that stands before anything goes upstream. */
export function toIntentEntry(
  operation: Operation,
  decision: Decision,
  { now, toolUses, claims }: IntentCircumstances,
): IntentEntry {
  const { connection, action, rewriting } = operation;
  const rewritten =
    rewriting === undefined || rewriting.tables.length === 0
      ? {}
      : { rewritten: { role: rewriting.role, tables: rewriting.tables } };
  return {
    type: 'intent',
    decision: decision.id,
    time: toTime(now),
    principal: connection.principal,
    connection: connection.connection,
    resource: connection.resource,
    statement: toShownText(operation),
    digest: digestOfText(operation.text),
    facts: {
      class: classOfAction(action),
      commands: commandsOfAction(action),
      effects: effectsOfAction(action),
    },
    verdict: decision.verdict,
    rules: decision.rules,
    reason: decision.reason,
    policyRevision: decision.policyRevision,
    measured: operation.measured ?? null,
    ...rewritten,
    ...(toolUses.length === 0 ? {} : { toolUses }),
    ...(claims === null ? {} : { scope: toScope(claims) }),
  };
}

/** How a question was answered, or that nobody could be asked. */
export function toApprovalEntry(
  decision: string,
  answer: ApprovalEntry['answer'],
  approval: Pick<Approval, 'id' | 'digest' | 'answeredBy' | 'surface' | 'note'>,
  now: number,
): ApprovalEntry {
  return {
    type: 'approval',
    decision,
    time: toTime(now),
    approval: approval.id,
    answer,
    by: approval.answeredBy,
    surface: approval.surface,
    digest: approval.digest,
    note: approval.note,
  };
}

/** The entry that stands behind an operation that was let through. */
export function toOutcomeEntry(
  decision: string,
  outcome: Outcome,
  times: { readonly started: number; readonly now: number },
): OutcomeEntry {
  return {
    type: 'outcome',
    decision,
    time: toTime(times.now),
    ...outcome,
    durationMs: Math.max(0, times.now - times.started),
  };
}

/** The millisecond that was written last: under load dozens of entries share it. */
let last = { now: 0, text: new Date(0).toISOString() };

/** ISO 8601 in UTC with milliseconds. */
export function toTime(now: number): string {
  if (now !== last.now) last = { now, text: new Date(now).toISOString() };
  return last.text;
}
