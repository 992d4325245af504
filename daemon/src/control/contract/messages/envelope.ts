/** What surrounds every reply. The version stands in each, so that nobody reads words of another one. */

import * as z from 'zod';
import { wireErrorSchema } from '../errors/wire-error.ts';

/** Read first and alone: a reply of another version may have any other shape. */
export const versionedSchema = z.looseObject({
  version: z.number().int(),
  product: z.string(),
});

/** The one reply of a call. */
export const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), error: wireErrorSchema }),
]);

/** One line of a stream. `beat` says that the daemon lives while nothing happens. */
export const streamLineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), event: z.unknown() }),
  z.object({ kind: z.literal('beat') }),
  z.object({ kind: z.literal('end') }),
  z.object({ kind: z.literal('error'), error: wireErrorSchema }),
]);

export type StreamLine = z.input<typeof streamLineSchema>;
