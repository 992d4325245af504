/** The rules in force. */

import * as z from 'zod';

export const policyShowResultSchema = z.object({
  revision: z.string(),
  /** `builtin`: no file is there. `failed`: a file is there and cannot be put in force, so everything is denied. */
  source: z.enum(['builtin', 'file', 'failed']),
  file: z.string().nullable(),
  /** Why nothing is in force, or why the version on disk is not: the last good one then is. */
  problem: z.string().nullable(),
  /** Ids of the rules, strongest first. */
  rules: z.array(z.string()),
  roles: z.array(z.string()),
});

/** A policy file is read by people; this is more than one will ever be. */
const MAX_POLICY_CHARACTERS = 1024 * 1024;

const policyTextSchema = z.string().max(MAX_POLICY_CHARACTERS);

const verdictSchema = z.enum(['allow', 'ask', 'deny']);

const pathSchema = z.string().min(1).max(4096);

export const policyProblemSchema = z.object({
  /** From 1. */
  line: z.number().int(),
  column: z.number().int(),
  message: z.string(),
  /** The database that knows better; null for what is wrong whatever the database. */
  resource: z.string().nullable(),
});

export const policyCheckParamsSchema = z.strictObject({ text: policyTextSchema });

export const policyCheckResultSchema = z.object({
  problems: z.array(policyProblemSchema),
  /** Databases that its roles were held against, and those that could not be reached. */
  checked: z.array(z.string()),
  unreachable: z.array(z.string()),
});

export const policyAcceptedParamsSchema = z.strictObject({ path: pathSchema });

export const policyAcceptedResultSchema = z.object({
  /** The accepted text; null when none was accepted. */
  text: z.string().nullable(),
  by: z.string().nullable(),
  /** ISO 8601, UTC. */
  at: z.string().nullable(),
});

export const policyAcceptParamsSchema = z.strictObject({
  path: pathSchema,
  /** SHA-256 of the text that was shown, in hexadecimal: another one is not accepted. */
  revision: z.string().regex(/^[0-9a-f]{64}$/),
});

export const policyAcceptResultSchema = z.object({ revision: z.string() });

const ruleStepSchema = z.object({
  rule: z.string(),
  verdict: verdictSchema.nullable(),
  why: z.string(),
});

export const policyExplainParamsSchema = z.strictObject({ decision: z.string().min(1).max(100) });

export const policyExplainResultSchema = z.object({
  decision: z.string(),
  statement: z.string(),
  resource: z.string(),
  role: z.string().nullable(),
  /** What was decided then, under which policy. */
  recorded: verdictSchema,
  recordedRevision: z.string(),
  recordedReason: z.string(),
  /** What the policy in force says now, and each rule's part in it. */
  verdict: verdictSchema,
  reason: z.string(),
  revision: z.string(),
  steps: z.array(ruleStepSchema),
});

const judgedOperationSchema = z.strictObject({
  sql: z.string().max(MAX_POLICY_CHARACTERS),
  /** A database behind the guard, whose catalog is used; null for none. */
  resource: z.string().max(100).nullable(),
  /** Counts where no resource is named. */
  environment: z.enum(['production', 'staging', 'development', 'unknown']).nullable(),
  role: z.string().max(100).nullable(),
  values: z.record(z.string().max(63), z.string().max(200)),
});

export const policyJudgeParamsSchema = z.strictObject({
  operations: z.array(judgedOperationSchema).min(1).max(200),
  /** Folder whose project's policy holds. */
  workspace: z.string().max(4096),
});

export const policyJudgeResultSchema = z.object({
  judged: z.array(
    z.object({
      verdict: verdictSchema,
      rules: z.array(z.string()),
      reason: z.string(),
      facts: z.object({
        class: z.string(),
        commands: z.array(z.string()),
        effects: z.array(z.looseObject({ kind: z.string() })),
      }),
      /** What would have to be done to it before it passes: `rewrite`. */
      obligations: z.array(z.string()),
      steps: z.array(ruleStepSchema),
    }),
  ),
});

export const policyTestParamsSchema = z.strictObject({
  text: policyTextSchema,
  /** Which file it would stand in place of. */
  as: z.enum(['person', 'project']),
  workspace: z.string().max(4096),
});

export const policyTestResultSchema = z.object({
  /** Why the candidate cannot be put in force; null when it can. */
  problem: policyProblemSchema.nullable(),
  replayed: z.number().int(),
  /** Entries that are no operation on a database. */
  skipped: z.number().int(),
  changed: z.number().int(),
  /** The newest of them, as many as fit. */
  differences: z.array(
    z.object({
      decision: z.string(),
      time: z.string(),
      resource: z.string(),
      statement: z.string(),
      recorded: verdictSchema,
      now: verdictSchema,
      candidate: verdictSchema,
      reason: z.string(),
    }),
  ),
});
