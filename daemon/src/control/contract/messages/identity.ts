/** Who is asking, and how the daemon is. */

import * as z from 'zod';

export const emptySchema = z.strictObject({});

export const whoamiResultSchema = z.object({
  kind: z.enum(['person', 'session']),
  /** Account on this machine, or the person that started the session. */
  person: z.string(),
  /** The session, when a token was shown. */
  session: z.string().nullable(),
  /** Process that called, as the kernel says. */
  pid: z.number().int(),
  rights: z.array(z.enum(['session', 'read', 'decide'])),
  /** Why `decide` is missing; null when it is there. */
  withheld: z.string().nullable(),
});

/** Everything is stopped, since when and by whom. */
export const panicSchema = z.object({
  /** ISO 8601, UTC; null when it is not known. */
  since: z.string().nullable(),
  by: z.string(),
});

export const statusResultSchema = z.object({
  product: z.string(),
  control: z.number().int(),
  pid: z.number().int(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  sessions: z.number().int(),
  resources: z.number().int(),
  pendingApprovals: z.number().int(),
  openWindows: z.number().int(),
  policyRevision: z.string(),
  /** Where guarded databases are reached; null while nothing listens. */
  listener: z.object({ host: z.string(), port: z.number().int() }).nullable(),
  /** Where hooks of agents are answered. */
  hooks: z.object({ host: z.string(), port: z.number().int() }).nullish(),
  audit: z.object({
    entries: z.number().int(),
    /** `failed`: nothing passes until it is mended. */
    state: z.enum(['ok', 'failed']),
    problem: z.string().nullable(),
  }),
  /** Null while work goes on. */
  panic: panicSchema.nullable(),
});

export const panicResultSchema = z.object({
  /** Sessions that were running. */
  sessions: z.number().int(),
  panic: panicSchema,
});

/** Whether anything was stopped before. */
export const resumeResultSchema = z.object({ resumed: z.boolean() });

export const stopResultSchema = z.object({ pid: z.number().int() });

/** Where the new operator key is. The key itself never crosses. */
export const operatorKeyCreateResultSchema = z.object({ file: z.string() });
