/**
 * One request without TLS: its content upstream, the answer down, each with back-pressure, nothing kept. Streams only;
 * whoever opens sockets hands them in.
 */

import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Permit } from '../../enforcement/enforcement.ts';
import type { TunnelEnd } from './conversation.ts';
import { IDLE_TIMEOUT_MS, MAX_HEAD_BYTES } from './limits.ts';
import { endToEndFields } from '@agentguard/rules';
import { hasContent, isChunked } from './messages.ts';
import type { ReadRequest } from './messages.ts';
import { toOutcome } from './outcomes.ts';
import { toUpstreamReply } from './replies.ts';
import type { Reply, UpstreamProblem } from './replies.ts';

/** A request as it comes in: its content. */
interface Incoming extends Readable {
  readonly rawHeaders: readonly string[];
}

/** An answer as it came from upstream. */
interface UpstreamAnswer extends Readable {
  readonly statusCode?: number | undefined;
  readonly rawHeaders: string[];
}

/** A request that was begun upstream. */
interface UpstreamRequest extends Writable {
  once(event: 'response', listener: (answer: UpstreamAnswer) => void): this;
  once(event: string, listener: (...args: never[]) => void): this;
}

/** A connection to the host. */
interface UpstreamSocket extends Duplex {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  setTimeout(ms: number, listener?: () => void): this;
}

/** The answer to the client. */
interface Outgoing extends Writable {
  readonly headersSent: boolean;
  writeHead(status: number, fields: string[]): this;
}

/** Everything of one exchange. */
export interface ExchangeParts<S extends UpstreamSocket> {
  readonly request: Incoming;
  readonly response: Outgoing;
  readonly outgoing: ReadRequest & { readonly ok: true };
  readonly permit: Permit;
  /** Aborted when the session ends or the client leaves. */
  readonly signal: AbortSignal;
  readonly sessionEnded: () => boolean;
  readonly dial: () => Promise<S>;
  readonly begin: (
    socket: S,
    outgoing: {
      readonly method: string;
      readonly path: string;
      readonly fields: readonly string[];
      readonly maxHeadBytes: number;
    },
  ) => UpstreamRequest;
  readonly toProblem: (error: unknown) => UpstreamProblem;
  readonly answer: (reply: Reply) => void;
}

/** Carries one request through. Never rejects; the outcome is recorded whatever happens. */
export async function exchange<S extends UpstreamSocket>(parts: ExchangeParts<S>): Promise<void> {
  let socket: S | null = null;
  let end: TunnelEnd = 'done';
  // Whichever side breaks takes the other with it, so it counts which was first.
  let upstreamBroke = false;
  try {
    socket = await parts.dial();
    const opened = socket;
    opened.setTimeout(IDLE_TIMEOUT_MS, () => opened.destroy());
    await carry(parts, opened, () => {
      if (!parts.signal.aborted) upstreamBroke = true;
    });
  } catch (error) {
    const clientBroke = parts.signal.aborted && !upstreamBroke;
    end = clientBroke ? leaving(parts) : parts.toProblem(error);
    if (!parts.response.headersSent && !parts.signal.aborted) {
      parts.answer(toUpstreamReply(parts.toProblem(error)));
    } else {
      parts.response.destroy();
    }
  } finally {
    socket?.destroy();
    const traffic = { sent: socket?.bytesWritten ?? 0, received: socket?.bytesRead ?? 0 };
    parts.permit.finish(toOutcome(end, traffic));
  }
}

function leaving(parts: { readonly sessionEnded: () => boolean }): TunnelEnd {
  return parts.sessionEnded() ? 'session ended' : 'client left';
}

async function carry<S extends UpstreamSocket>(
  parts: ExchangeParts<S>,
  socket: S,
  onBreak: () => void,
): Promise<void> {
  const { request, response, outgoing, signal } = parts;
  const chunked = isChunked(request.rawHeaders) ? ['Transfer-Encoding', 'chunked'] : [];
  const upstream = parts.begin(socket, {
    method: outgoing.method,
    path: outgoing.path,
    fields: [...outgoing.fields, ...chunked, 'Connection', 'close'],
    maxHeadBytes: MAX_HEAD_BYTES,
  });
  const answered = new Promise<UpstreamAnswer>((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.once('error', reject);
    upstream.once('close', () => reject(new Error('closed before it answered')));
  });
  const sent = hasContent(request.rawHeaders)
    ? pipeline(request, upstream, { signal })
    : Promise.resolve(upstream.end());
  // A server may answer, and end, before it has read everything.
  sent.catch(() => undefined);
  const answer = await answered;
  answer.once('error', onBreak);
  response.writeHead(answer.statusCode ?? 502, [...endToEndFields(answer.rawHeaders)]);
  await pipeline(answer, response, { signal });
}
