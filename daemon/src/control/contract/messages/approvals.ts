/** Questions to a person, whole: a surface shows what stands here and nothing is cut on the way. */

import * as z from 'zod';
import { environmentSchema } from './resources.ts';

export const approvalSchema = z.object({
  id: z.string(),
  /** Counts up when the same request is asked again with other content. */
  generation: z.number().int(),
  /** An answer is bound to it. */
  digest: z.string(),
  /** `parked`: nobody answered in time; approving it now lets one identical operation pass later. */
  state: z.enum(['pending', 'approved', 'denied', 'parked', 'cancelled', 'granted']),
  decision: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  expiresAt: z.string(),
  principal: z.object({ person: z.string(), agent: z.string(), session: z.string() }),
  workspace: z.string(),
  resource: z.object({ name: z.string(), kind: z.string(), environment: environmentSchema }),
  headline: z.string(),
  reasons: z.array(z.object({ rule: z.string(), reason: z.string() })),
  /** Whole, secrets masked; control characters are made visible by whoever prints it. */
  statement: z.string(),
  /** The agent's tools that run meanwhile, one of which led here, as the agent tells. */
  during: z.array(z.string()),
  effects: z.array(z.string()),
  reversible: z.boolean(),
  critical: z.boolean(),
  /** Word that must be typed; null when none. */
  confirm: z.string().nullable(),
  /** Rows per object from a rolled-back run; null while not measured. */
  measured: z.record(z.string(), z.number()).nullable(),
  /** Why it could not be measured although it was tried; null otherwise. */
  notMeasured: z.string().nullable(),
  /** Rows as they are and as they would be, at most 20. For the person's eyes: no surface keeps them. */
  samples: z.array(
    z.object({
      table: z.string(),
      columns: z.array(z.string()),
      before: z.array(z.string().nullable()).nullable(),
      after: z.array(z.string().nullable()).nullable(),
    }),
  ),
  /** Whether `agentguard undo` could bring the rows back, as a clause; null when nothing was measured. */
  undo: z.string().nullable(),
  answeredBy: z.string().nullable(),
  surface: z.string().nullable(),
  note: z.string().nullable(),
});

export type ApprovalMessage = z.output<typeof approvalSchema>;

export const approvalListParamsSchema = z.strictObject({
  /** False for those that still wait, true for the answered and parked ones too. */
  all: z.boolean(),
});

export const approvalListResultSchema = z.object({ approvals: z.array(approvalSchema) });

export const approvalRefSchema = z.strictObject({ id: z.string().min(1).max(100) });

export const approvalShowResultSchema = z.object({ approval: approvalSchema });

const MAX_NOTE_LENGTH = 2000;

/** An answer names what the person saw: any other content by now is refused as stale. */
const answerFields = {
  id: z.string().min(1).max(100),
  digest: z.string().min(1).max(200),
  generation: z.number().int(),
  note: z.string().max(MAX_NOTE_LENGTH).nullable(),
};

export const approvalApproveParamsSchema = z.strictObject({
  ...answerFields,
  /** The typed word of a critical question. */
  confirm: z.string().max(1000).nullable(),
});

export const approvalDenyParamsSchema = z.strictObject(answerFields);

/** `granted`: it came late, and leaves one identical operation free for five minutes. */
export const approvalAnswerResultSchema = z.object({
  outcome: z.enum(['approved', 'denied', 'granted']),
});

/** First every question that waits, then `ready`, then each change. */
export const approvalEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('approval'), approval: approvalSchema }),
  z.object({ kind: z.literal('ready') }),
]);
