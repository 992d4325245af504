/** Scoped tokens: issued by a person, listed, revoked. A token's text crosses the socket once, when it is issued. */

import * as z from 'zod';
import { resourceNameSchema } from './resources.ts';
import { scopeSchema, sessionResourceSchema } from './sessions.ts';

/** Words that go into a token, which has to fit where passwords go. */
const wordSchema = z.string().min(1).max(100);

/** A week: longer than that, a person is asked again. */
const MAX_LIFETIME_MS = 7 * 24 * 60 * 60_000;

export const tokenCreateParamsSchema = z.strictObject({
  ...scopeSchema.shape,
  role: wordSchema,
  agent: wordSchema.nullable(),
  label: wordSchema.nullable(),
  /** Names; null for every resource there is now. */
  resources: z.array(resourceNameSchema).min(1).max(20).nullable(),
  lifetimeMs: z.number().int().min(1000).max(MAX_LIFETIME_MS),
  /** Folder it is issued for: its project's policy holds. */
  workspace: z.string().max(4096),
});

export const tokenSchema = z.object({
  id: z.string(),
  role: z.string().nullable(),
  values: z.record(z.string(), z.string()),
  resources: z.array(z.string()),
  person: z.string(),
  onBehalfOf: z.string().nullable(),
  agent: z.string().nullable(),
  label: z.string().nullable(),
  /** ISO 8601, UTC. */
  issuedAt: z.string(),
  expiresAt: z.string(),
  state: z.enum(['live', 'expired', 'revoked']),
  /** When it ended, and who revoked it; null while it lives. */
  overAt: z.string().nullable(),
  revokedBy: z.string().nullable(),
});

export const tokenCreateResultSchema = z.object({
  /** The token itself. It is not kept and cannot be shown again. */
  secret: z.string(),
  token: tokenSchema,
  /** How a client reaches each resource with it. */
  reach: z.array(sessionResourceSchema),
  /** What is odd about it, in sentences: tables of its role that a database does not have. */
  notes: z.array(z.string()),
});

export const tokenListResultSchema = z.object({ tokens: z.array(tokenSchema) });

export const tokenRefSchema = z.strictObject({ id: z.string().min(1).max(64) });

export const tokenRevokeResultSchema = z.object({ revoked: z.boolean() });
