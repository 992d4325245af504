/** Guarded runs: made, held open, counted and ended. */

import * as z from 'zod';
import { environmentSchema, resourceNameSchema } from './resources.ts';

/** Longest time a question may wait: beyond an hour nobody is waiting for the answer. */
export const MAX_ASK_TIMEOUT_MS = 60 * 60_000;

const countSchema = z.number().int().nonnegative();

/** What happened in one session so far. */
export const sessionTallySchema = z.object({
  allowed: countSchema,
  asked: countSchema,
  denied: countSchema,
  rowsChanged: countSchema,
  rowsReturned: countSchema,
});

/** What a token carries. Its words have to fit where passwords go. */
export const scopeSchema = z.strictObject({
  /** Null: whatever role a resource gives by itself. */
  role: z.string().min(1).max(100).nullable(),
  /** What `{{ token.NAME }}` of filters stands for, by name. */
  values: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), z.string().min(1).max(100)),
  /** The person it acts for; the one who asks for it vouches for that. */
  onBehalfOf: z.string().min(1).max(100).nullable(),
});

export const sessionCreateParamsSchema = z.strictObject({
  /** Name of what is started: `claude`, `psql`. */
  agent: z.string().min(1).max(200),
  label: z.string().max(200).nullable(),
  /** Names; null for every resource there is. */
  resources: z.array(resourceNameSchema).max(100).nullable(),
  /** Folder the command works in. */
  workspace: z.string().max(4096),
  /** How long a question may wait, in milliseconds; null for the daemon's own choice. */
  askTimeoutMs: z.number().int().min(0).max(MAX_ASK_TIMEOUT_MS).nullable(),
  /** A person sits at the terminal that starts it. */
  attended: z.boolean(),
  /** What the person's own files say of who works where, with which version of the agent; null where they are silent. */
  caller: z
    .strictObject({
      gitIdentity: z.string().max(200).nullable(),
      branch: z.string().max(200).nullable(),
      agentVersion: z.string().max(200).nullable(),
    })
    .optional(),
  /** It runs in a sandbox whose only ways out are the guard's listeners; false: outside of any, where no list of hosts holds it. */
  confined: z.boolean().optional(),
  /** The role that its token carries, with what its filters take; left out for whatever resources grant by themselves. */
  scope: scopeSchema.optional(),
  /** True when the caller follows with `session.hold`; the session then lives as long as that stream. */
  held: z.boolean(),
});

/** How a client of the session reaches one resource. The token is the password. */
export const sessionResourceSchema = z.object({
  name: z.string(),
  kind: z.literal('postgres'),
  environment: environmentSchema,
  host: z.string(),
  port: z.number().int(),
  database: z.string(),
  user: z.string(),
  /** `sslmode` for the way to our own listener. */
  sslmode: z.enum(['disable', 'prefer', 'require']),
});

export const sessionCreateResultSchema = z.object({
  session: z.string(),
  token: z.string(),
  resources: z.array(sessionResourceSchema),
  /** How long a question waits, in milliseconds, as decided. */
  askTimeoutMs: z.number().int(),
  /** Where listed hosts of the network are reached: HTTP, Basic, any user name, the token as password. */
  proxy: z.object({ host: z.string(), port: z.number().int() }).optional(),
  /** Guarded APIs it may use, and what stands for their credentials; left out when there are none. */
  apis: z
    .array(
      z.object({
        name: z.string(),
        hosts: z.array(z.string()),
        /** Variables that programs look for the credential in. */
        variables: z.array(z.string()),
        placeholder: z.string(),
      }),
    )
    .optional(),
  /** PEM of what signs for the hosts of those APIs, for the command alone to trust; left out when there are none. */
  authority: z.string().optional(),
  /** Where its hooks are answered, by HTTP and with the token. */
  hooks: z.object({ host: z.string(), port: z.number().int() }).optional(),
  /** Where relays of MCP servers connect, with the token. */
  mcp: z.object({ host: z.string(), port: z.number().int() }).optional(),
});

export const sessionRefSchema = z.strictObject({ session: z.string().min(1).max(100) });

/** First `held`, last `ended`; between them `save`, which is answered by `session.saved` with the same id. */
export const sessionHoldEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('held') }),
  z.object({ kind: z.literal('save'), id: z.string(), step: z.string() }),
  z.object({ kind: z.literal('ended'), reason: z.string() }),
]);

export const sessionSavedParamsSchema = z.strictObject({
  session: z.string().min(1).max(100),
  /** The id that `save` came with. */
  id: z.string().min(1).max(100),
  /** A save point that holds every file of the workspace; null when there is none. */
  savePoint: z
    .string()
    .regex(/^sp-[0-9a-f]{8}$/)
    .nullable(),
});

export const sessionSummarySchema = z.object({
  session: z.string(),
  person: z.string(),
  agent: z.string(),
  label: z.string().nullable(),
  workspace: z.string(),
  resources: z.array(z.string()),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  endReason: z.string().nullable(),
  tally: sessionTallySchema,
  /** When its agent's first hook was seen, ISO 8601; null while none was: the agent may run without its hooks. */
  firstHookAt: z.string().nullish(),
  /** Entries of the record that were written while it ran, first and last, from 0; null when there are none. */
  auditRange: z.object({ first: z.number().int(), last: z.number().int() }).nullable(),
});

export const sessionListResultSchema = z.object({ sessions: z.array(sessionSummarySchema) });
