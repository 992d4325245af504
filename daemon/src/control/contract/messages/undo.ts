/** Rows that were saved before an approved operation changed them, and bringing them back. */

import * as z from 'zod';

export const savedRowsSchema = z.object({
  decision: z.string(),
  /** ISO 8601, UTC. */
  savedAt: z.string(),
  /** Bytes of the sealed file. */
  bytes: z.number().int(),
});

export const undoListResultSchema = z.object({ saved: z.array(savedRowsSchema) });

export const undoRestoreParamsSchema = z.strictObject({ decision: z.string().min(1).max(100) });

export const undoRestoreResultSchema = z.object({
  resource: z.string(),
  inserted: z.number().int(),
  updated: z.number().int(),
  removed: z.number().int(),
  /** Triggers of the tables acted on the way, because the guard's role does not own them. */
  triggersActed: z.boolean(),
});
