/** Migration windows: opened by a person, closed by time. */

import * as z from 'zod';
import { resourceNameSchema } from './resources.ts';

export const windowSchema = z.object({
  resource: z.string(),
  /** ISO 8601, UTC. */
  openedAt: z.string(),
  closesAt: z.string(),
  by: z.string(),
  /** Names of the files that it was opened for; null for every schema change. */
  files: z.array(z.string()).nullable(),
});

/** Files of one window, and the length of one: what is longer is not parsed. */
const MAX_FILES = 200;
const MAX_FILE_CHARACTERS = 1_048_576;

/** Shortest and longest that can be asked for; the daemon may grant less. */
const MIN_WINDOW_MS = 1000;
const MAX_WINDOW_MS = 24 * 60 * 60_000;

export const windowOpenParamsSchema = z.strictObject({
  resource: resourceNameSchema,
  durationMs: z.number().int().min(MIN_WINDOW_MS).max(MAX_WINDOW_MS),
  /** Left out: open for every schema change. */
  migration: z
    .array(
      z.strictObject({ name: z.string().max(1000), text: z.string().max(MAX_FILE_CHARACTERS) }),
    )
    .min(1)
    .max(MAX_FILES)
    .optional(),
});

export const windowOpenResultSchema = z.object({ window: windowSchema });

export const windowRefSchema = z.strictObject({ resource: resourceNameSchema });

export const windowCloseResultSchema = z.object({ closed: z.boolean() });

export const windowListResultSchema = z.object({ windows: z.array(windowSchema) });
