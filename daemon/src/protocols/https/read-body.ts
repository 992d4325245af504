/**
 * Reads as much of a request's content as judging it takes, and gives it back to be sent on byte for byte.
 */

import type { Readable } from 'node:stream';
import type { BodyNeed, HttpBody } from '@agentguard/rules';
import { BODY_TIMEOUT_MS } from './limits.ts';

/** The content of a client's request. */
export interface BodySource {
  readonly body: Readable;
  readonly hasBody: boolean;
  readonly signal: AbortSignal;
  readonly wantBody: () => void;
}

/** What was read, and the way to send it on. */
export interface ReadBody {
  readonly body: HttpBody;
  /** The whole content from its beginning: what was read, then what follows. To be called once. */
  readonly replay: () => AsyncIterable<Buffer>;
}

/** Reads what is needed. Content that ends too early, or comes too slowly, cannot be judged. */
export async function readBody(source: BodySource, need: BodyNeed): Promise<ReadBody> {
  if (!source.hasBody) return { body: { kind: 'none' }, replay: () => nothing() };
  source.wantBody();
  const iterator = source.body.iterator({ destroyOnReturn: false });
  const chunks: Buffer[] = [];
  const replay = (): AsyncIterable<Buffer> => join(chunks, iterator);
  if (need.need === 'nothing') return { body: { kind: 'none' }, replay };
  const late = AbortSignal.any([source.signal, AbortSignal.timeout(BODY_TIMEOUT_MS)]);
  let length = 0;
  while (length <= need.maxBytes) {
    const next = await nextWithin(iterator, late);
    if (next === 'failed') return { body: { kind: 'undecodable' }, replay };
    if (next === 'end') return { body: { kind: 'whole', bytes: Buffer.concat(chunks) }, replay };
    chunks.push(next);
    length += next.length;
    if (need.need === 'start' && length >= need.maxBytes) break;
  }
  if (need.need === 'whole') return { body: { kind: 'too large' }, replay };
  return {
    body: { kind: 'start', bytes: Buffer.concat(chunks).subarray(0, need.maxBytes) },
    replay,
  };
}

type Chunks = AsyncIterator<unknown>;

async function nextWithin(
  iterator: Chunks,
  signal: AbortSignal,
): Promise<Buffer | 'end' | 'failed'> {
  const stopped = new Promise<'failed'>((resolve) => {
    const stop = (): void => resolve('failed');
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  const next = Promise.resolve(iterator.next()).then(
    (one: IteratorResult<unknown, unknown>) =>
      one.done === true ? ('end' as const) : toBuffer(one.value),
    () => 'failed' as const,
  );
  return Promise.race([next, stopped]);
}

async function* join(chunks: readonly Buffer[], rest: Chunks): AsyncGenerator<Buffer> {
  yield* chunks;
  for (;;) {
    const next: IteratorResult<unknown, unknown> = await rest.next();
    if (next.done === true) return;
    yield toBuffer(next.value);
  }
}

async function* nothing(): AsyncGenerator<Buffer> {
  // There is no content.
}

function toBuffer(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(String(value));
}
