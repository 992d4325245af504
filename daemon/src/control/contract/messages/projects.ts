/**
 * What a person's own programs get from the vault, and the key that seals the originals of a project's files.
 * SECURITY(P-62): the only words in which a real value leaves the daemon. All of them take the right to decide, which
 * nothing below a guarded session holds.
 */

import * as z from 'zod';
import { resourceNameSchema } from './resources.ts';
import { secretNameSchema } from './secrets.ts';

/** A project, by a digest of where it is. */
export const projectIdSchema = z.string().regex(/^[a-f0-9]{32}$/);

/** A project has a few dozen. */
export const MAX_REVEALED = 500;

export const secretRevealParamsSchema = z.strictObject({
  secrets: z.array(secretNameSchema).max(MAX_REVEALED),
  resources: z.array(resourceNameSchema).max(MAX_REVEALED),
  /** What for, as it goes on the record. */
  purpose: z.enum(['exec', 'init', 'undo']),
  /** The folder it is for, as it goes on the record. */
  workspace: z.string().max(4096),
});

export const secretRevealResultSchema = z.object({
  /** In the order they were asked for. */
  secrets: z.array(z.object({ name: z.string(), value: z.string() })),
  /** The real URLs, in the order they were asked for. */
  resources: z.array(z.object({ name: z.string(), url: z.string() })),
});

export const projectKeyParamsSchema = z.strictObject({
  project: projectIdSchema,
  /** Make one when there is none. */
  create: z.boolean(),
  workspace: z.string().max(4096),
});

/** The key, in base64; null when there is none and none was to be made. */
export const projectKeyResultSchema = z.object({ key: z.string().nullable() });

export const projectForgetParamsSchema = z.strictObject({ project: projectIdSchema });

export const projectForgetResultSchema = z.object({ removed: z.boolean() });
