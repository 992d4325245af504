/** Operations of the record, judged again: what a decision came from, and what another policy would have made of it. */

import { decide } from '@agentguard/rules';
import type { Effect, OperationFacts, PolicyState, TokenClaims, Verdict } from '@agentguard/rules';
import * as z from 'zod';

/** What is read of an intent to judge it again. Entries may have more. */
const intentSchema = z.looseObject({
  type: z.literal('intent'),
  decision: z.string(),
  time: z.string(),
  principal: z.object({ person: z.string(), agent: z.string(), session: z.string() }),
  resource: z.object({
    name: z.string(),
    kind: z.literal('postgres'),
    environment: z.enum(['production', 'staging', 'development', 'unknown']),
  }),
  statement: z.string(),
  facts: z.object({
    commands: z.array(z.string()),
    // SECURITY: as we wrote it; the record is verified by itself.
    effects: z.array(z.custom<Effect>((value) => typeof value === 'object' && value !== null)),
  }),
  verdict: z.enum(['allow', 'ask', 'deny']),
  policyRevision: z.string(),
  scope: z
    .object({
      token: z.string(),
      role: z.string().nullable(),
      values: z.record(z.string(), z.string()),
      onBehalfOf: z.string().nullable(),
    })
    .optional(),
});

/** An intent that can be judged again. */
export type ReplayedIntent = z.infer<typeof intentSchema>;

/** Reads an entry; null for one that is no operation on a database. */
export function toReplayed(entry: unknown): ReplayedIntent | null {
  const parsed = intentSchema.safeParse(entry);
  return parsed.success ? parsed.data : null;
}

/**
 * The facts of a recorded operation, as far as the record has them: the names of functions are not on it, and a window
 * counts as closed, since the record does not say which was open.
 */
export function toFacts(intent: ReplayedIntent): OperationFacts {
  const { principal, resource, facts } = intent;
  const [first = '', ...others] = facts.commands;
  const statement = { start: 0, end: 0, functions: [], changesState: false };
  return {
    principal,
    token: toClaims(intent),
    resource,
    action: {
      protocol: 'postgres',
      sql: {
        statements: [
          { ...statement, command: first, effects: facts.effects },
          ...others.map((command) => ({ ...statement, command, effects: [] })),
        ],
        literalsIgnored: false,
        secretSpans: [],
      },
    },
    context: { now: Date.parse(intent.time), windowOpen: false, inTransaction: false },
  };
}

function toClaims({ scope, principal }: ReplayedIntent): TokenClaims | null {
  if (scope === undefined) return null;
  const { token: id, role, values, onBehalfOf } = scope;
  const { person, agent } = principal;
  return {
    id,
    role,
    values,
    onBehalfOf,
    person,
    agent,
    resources: null,
    label: null,
    issuedAt: 0,
    expiresAt: 0,
  };
}

/** One operation on which two policies differ. */
export interface ReplayDifference {
  readonly decision: string;
  readonly time: string;
  readonly resource: string;
  readonly statement: string;
  /** What was decided when it happened. */
  readonly recorded: Verdict;
  /** What the policy in force decides now, and what the candidate would. */
  readonly now: Verdict;
  readonly candidate: Verdict;
  readonly reason: string;
}

/** Holds one operation against two policies; null when they agree. */
export function compare(
  intent: ReplayedIntent,
  now: PolicyState,
  candidate: PolicyState,
): ReplayDifference | null {
  const facts = toFacts(intent);
  const current = decide(facts, now, intent.decision);
  const other = decide(facts, candidate, intent.decision);
  if (current.verdict === other.verdict) return null;
  return {
    decision: intent.decision,
    time: intent.time,
    resource: intent.resource.name,
    statement: intent.statement,
    recorded: intent.verdict,
    now: current.verdict,
    candidate: other.verdict,
    reason: other.reason,
  };
}
