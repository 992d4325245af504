/**
 * The listener that agents' hooks call, on the loopback. It moves bytes: who may ask is in `request-head.ts` and with the
 * sessions, what is answered comes from the desk.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { openListener } from '../platform/open-listener.ts';
import type { ListenAddress } from '../platform/open-listener.ts';
import { endsOf } from '../platform/tcp-peer.ts';
import type { TcpEnds } from '../platform/tcp-peer.ts';
import { toAnswerBody, toCommandAnswer } from './answer-shapes.ts';
import type { HookDesk, HookSession } from './hook-desk.ts';
import { MAX_BODY_BYTES, MAX_CONNECTIONS, MAX_HEAD_BYTES, REQUEST_TIMEOUT_MS } from './limits.ts';
import { NO_SESSION, readHead } from './request-head.ts';

/** What a listener is built from. */
export interface HookListenerParts {
  readonly desk: Pick<HookDesk, 'answer'>;
  /** The live session of a token, presented by a process of that session; null for every other. */
  readonly session: (token: string, ends: TcpEnds) => Promise<HookSession | null>;
  readonly onStranger: (what: string) => void;
}

/** The listener. */
export class HookListener {
  readonly #parts: HookListenerParts;
  readonly #server: Server;
  #port = 0;

  constructor(parts: HookListenerParts) {
    this.#parts = parts;
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEAD_BYTES,
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        requireHostHeader: true,
      },
      (request, response) => {
        this.#serve(request, response).catch(() => response.destroy());
      },
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Starts to accept.
   * @returns the port
   * @throws ListenerError `LISTENER_FAILED`
   */
  async listen(address: ListenAddress): Promise<number> {
    this.#port = await openListener(this.#server, address);
    return this.#port;
  }

  /** Stops accepting and ends every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const head = readHead({ method, target: url, headers }, this.#port);
    if (!head.ok) {
      this.#parts.onStranger(head.problem);
      reply(response, head.status, { error: head.problem });
      return;
    }
    const session = await this.#parts.session(head.token, endsOf(request.socket));
    if (session === null) {
      this.#parts.onStranger('the token is not that of a running session');
      reply(response, 401, { error: NO_SESSION });
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // What cannot be read is answered as well: a hook that fails is a hook that some agents pass by.
    const body = await readJson(request);
    const { event, answer } = await this.#parts.desk.answer(head.agent, body, {
      session,
      signal: gone.signal,
    });
    const answered =
      head.form === 'http'
        ? toAnswerBody(head.agent, event, answer)
        : toCommandAnswer(head.agent, event, answer);
    reply(response, 200, answered);
  }
}

/** The value that was sent; undefined when it is too long or no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    length += bytes.length;
    if (length <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  if (length > MAX_BODY_BYTES) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    // The desk says no to it.
    return undefined;
  }
}

function reply(response: ServerResponse, status: number, body: object | null): void {
  if (response.destroyed) return;
  response.sendDate = false;
  const text = body === null ? '' : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: status === 200 ? 'keep-alive' : 'close',
  });
  response.end(text);
}
