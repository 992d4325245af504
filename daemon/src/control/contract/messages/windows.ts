/** Migration windows: opened by a person, closed by time. */

import * as z from 'zod';
import { resourceNameSchema } from './resources.ts';

export const windowSchema = z.object({
  resource: z.string(),
  /** ISO 8601, UTC. */
  openedAt: z.string(),
  closesAt: z.string(),
  by: z.string(),
});

/** Shortest and longest that can be asked for; the daemon may grant less. */
const MIN_WINDOW_MS = 1000;
const MAX_WINDOW_MS = 24 * 60 * 60_000;

export const windowOpenParamsSchema = z.strictObject({
  resource: resourceNameSchema,
  durationMs: z.number().int().min(MIN_WINDOW_MS).max(MAX_WINDOW_MS),
});

export const windowOpenResultSchema = z.object({ window: windowSchema });

export const windowRefSchema = z.strictObject({ resource: resourceNameSchema });

export const windowCloseResultSchema = z.object({ closed: z.boolean() });

export const windowListResultSchema = z.object({ windows: z.array(windowSchema) });
