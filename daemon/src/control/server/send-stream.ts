/**
 * Sends a stream of events, one JSON object per line, no faster than the reader takes them.
 * Ends with `end` or `error`; a stream that just stops was cut off.
 */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type * as z from 'zod';
import type { StreamLine } from '../contract/messages/envelope.ts';
import { replyHeaders, toRefusal, VERSIONS } from './reply.ts';

/** What a stream needs beside its events. */
export interface StreamOptions {
  readonly schema: z.ZodType;
  readonly beatMs: number;
  /** Aborted when the reader is gone or the server stops. */
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Sends everything the iterable yields. Resolves when the reply has ended, however it did. */
export async function sendStream(
  response: ServerResponse,
  events: AsyncIterable<unknown>,
  options: StreamOptions,
): Promise<void> {
  response.writeHead(200, replyHeaders('application/x-ndjson'));
  const write = (line: StreamLine): boolean =>
    response.write(`${JSON.stringify({ ...VERSIONS, ...line })}\n`);
  // The first line goes out at once, so that the caller knows it was let in.
  write({ kind: 'beat' });
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) write({ kind: 'beat' });
  }, options.beatMs);
  try {
    for await (const event of events) {
      if (options.signal.aborted) break;
      if (!write({ kind: 'event', event: options.schema.parse(event) })) {
        await once(response, 'drain', { signal: options.signal });
      }
    }
    if (!options.signal.aborted) write({ kind: 'end' });
  } catch (error) {
    if (!options.signal.aborted) {
      options.onFailure(error);
      const { code, message, help } = toRefusal(error);
      write({ kind: 'error', error: { code, message, help } });
    }
  } finally {
    clearInterval(beat);
    response.end();
  }
}
