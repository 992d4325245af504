/** The record: read, followed, verified, proved and carried away. */

import * as z from 'zod';
import { environmentSchema } from './resources.ts';

const timeSchema = z.string();

const ruleMatchSchema = z.looseObject({
  rule: z.string(),
  verdict: z.string(),
  reason: z.string(),
});

/** Entries may gain fields, so objects are open; what is named here is what surfaces rely on. */
export const auditEntrySchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('intent'),
    decision: z.string(),
    time: timeSchema,
    principal: z.looseObject({ person: z.string(), agent: z.string(), session: z.string() }),
    resource: z.looseObject({
      name: z.string(),
      kind: z.string(),
      environment: environmentSchema,
    }),
    statement: z.string(),
    digest: z.string(),
    verdict: z.enum(['allow', 'ask', 'deny']),
    rules: z.array(ruleMatchSchema),
    reason: z.string(),
    policyRevision: z.string(),
    measured: z.record(z.string(), z.number()).nullable(),
  }),
  z.looseObject({
    type: z.literal('approval'),
    decision: z.string(),
    time: timeSchema,
    approval: z.string(),
    answer: z.string(),
    by: z.string().nullable(),
    surface: z.string().nullable(),
    digest: z.string(),
    note: z.string().nullable(),
  }),
  z.looseObject({
    type: z.literal('outcome'),
    decision: z.string(),
    time: timeSchema,
    result: z.enum(['done', 'failed', 'unknown', 'rolled back']),
    measured: z.record(z.string(), z.number()).optional(),
    tags: z.array(z.string()),
    errorCode: z.string().nullable(),
    rowsChanged: z.number().nullable(),
    rowsReturned: z.number().nullable(),
    durationMs: z.number(),
  }),
  z.looseObject({
    type: z.literal('event'),
    time: timeSchema,
    name: z.string(),
    session: z.string().nullable(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
]);

export const auditRowSchema = z.object({
  /** Index of the leaf, from 0. */
  index: z.number().int(),
  entry: auditEntrySchema,
});

export type AuditRow = z.output<typeof auditRowSchema>;

const MAX_FILTER_LENGTH = 1000;
const filterText = z.string().max(MAX_FILTER_LENGTH).nullable();

/** What to look for; null says nothing about it. All of them must hold. */
export const auditFilterSchema = z.strictObject({
  type: z.enum(['intent', 'approval', 'outcome', 'event']).nullable(),
  session: filterText,
  resource: filterText,
  verdict: z.enum(['allow', 'ask', 'deny']).nullable(),
  decision: filterText,
  /** Part of the statement, of an event's name or of a rule's id; letter case does not count. */
  text: filterText,
  /** ISO 8601. */
  since: filterText,
  until: filterText,
});

export type AuditFilter = z.output<typeof auditFilterSchema>;

/** Entries in one reply. More come by asking from `next`. */
export const MAX_AUDIT_PAGE = 1000;

export const auditQueryParamsSchema = z.strictObject({
  filter: auditFilterSchema,
  /** `newest`: the last ones first. */
  order: z.enum(['oldest', 'newest']),
  limit: z.number().int().min(1).max(MAX_AUDIT_PAGE),
  /** Index to go on from, inclusive; null for the beginning of the order. */
  from: z.number().int().nonnegative().nullable(),
});

export const auditQueryResultSchema = z.object({
  rows: z.array(auditRowSchema),
  /** Where the next page starts; null when this was the last. */
  next: z.number().int().nullable(),
});

export const auditTailParamsSchema = z.strictObject({
  filter: auditFilterSchema,
  /** Index to start from; null for what comes from now on. */
  from: z.number().int().nonnegative().nullable(),
});

/** A decision id or the index of an entry, as a person types it. */
export const auditRefSchema = z.strictObject({ id: z.string().min(1).max(100) });

export const auditShowResultSchema = z.object({
  /** All entries of the decision in order, or the one entry of the index. */
  rows: z.array(auditRowSchema).min(1),
});

/** What verifying found, as the record's own report says it. */
export const auditVerifyResultSchema = z.object({
  ok: z.boolean(),
  entries: z.number().int(),
  /** Root over all entries, in base64: what a checkpoint of this record says. */
  root: z.string(),
  checkpoints: z.number().int(),
  /** Entries that a checkpoint covers, and the tail that none does yet. */
  signed: z.number().int(),
  unsigned: z.number().int(),
  unfinished: z.number().int(),
  firstBroken: z.number().int().nullable(),
  problems: z.array(
    z.object({
      kind: z.string(),
      index: z.number().int().nullable(),
      through: z.number().int().nullable(),
      what: z.string(),
    }),
  ),
  problemCount: z.number().int(),
});

export const auditProveResultSchema = z.object({
  index: z.number().int(),
  /** The text file that `audit verify --proof` reads. */
  proof: z.string(),
});

/** Every entry in order, in pieces, then every signed checkpoint. */
export const auditExportEventSchema = z.discriminatedUnion('kind', [
  /** The exact bytes of entries, without line ends. */
  z.object({ kind: z.literal('entries'), lines: z.array(z.string()) }),
  z.object({ kind: z.literal('checkpoints'), notes: z.array(z.string()) }),
]);

export const auditKeyResultSchema = z.object({
  /** `name+id+base64`, the verifier key of the C2SP signed-note format. */
  key: z.string(),
});
