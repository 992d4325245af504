/**
 * The forward proxy: accepts clients, learns whose they are, and opens what enforcement permits. Heads are parsed by
 * Node's own parser in its strict mode, which is kept better than one of ours could be. It decides nothing: whoever
 * looks for a rule finds it in `messages.ts`, `conversation.ts` and the decision core.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import type { EgressFacts } from '@agentguard/rules';
import { openListener } from '../../platform/open-listener.ts';
import type { ListenAddress } from '../../platform/open-listener.ts';
import { endsOf } from '../../platform/tcp-peer.ts';
import { Authentication } from './authentication.ts';
import { TunnelConversation } from './conversation.ts';
import {
  CONNECT_TIMEOUT_MS,
  HEAD_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  LINGER_MS,
  MAX_CONNECTIONS,
  MAX_HEAD_BYTES,
} from './limits.ts';
import type { Interception } from './interception.ts';
import { readConnect, readPlainRequest } from './messages.ts';
import type { Authority, RequestHead } from './messages.ts';
import { exchange } from './plain-exchange.ts';
import { toBusyReply, toMalformed, toReplyBytes, TUNNEL_OPEN } from './replies.ts';
import type { Reply } from './replies.ts';
import { recordRefusal, rule } from './ruling.ts';
import type { Asked, Permitted, RulingParts } from './ruling.ts';
import { Stays } from './session-stay.ts';
import type { ProxySession, ProxySessions } from './session-stay.ts';
import { Tunnel } from './tunnel.ts';
import { beginRequest, dial, DialProblem } from './upstream-transport.ts';

/** What a proxy is built from. */
export interface HttpProxyParts extends RulingParts {
  readonly sessions: ProxySessions;
  readonly interception: Interception<Socket>;
  /** Told of what came from no live session. Bounds by itself what it keeps of a flood. */
  readonly onStranger: (what: 'token refused' | 'malformed request') => void;
}

/** A connection that a CONNECT turned into one for requests without TLS. */
interface PlainTunnel {
  readonly session: ProxySession;
  readonly authority: Authority;
}

/** The proxy that guarded commands reach the network by. */
export class HttpProxy {
  readonly #parts: HttpProxyParts;
  readonly #server: Server;
  readonly #plainTunnels = new WeakMap<Duplex, PlainTunnel>();
  readonly #authentication: Authentication;
  readonly #stays = new Stays();
  readonly #clients = new Set<Socket>();

  constructor(parts: HttpProxyParts) {
    this.#parts = parts;
    this.#authentication = new Authentication(parts.sessions, () =>
      parts.onStranger('token refused'),
    );
    this.#server = makeServer();
    this.#server.on('connection', (socket: Socket) => this.#accept(socket));
    this.#server.on('connect', (request, socket, head) => {
      this.#connect(request, socket, head).catch((error: unknown) => this.#failed(socket, error));
    });
    this.#server.on('request', (request, response) => {
      this.#request(request, response).catch((error: unknown) => this.#failed(response, error));
    });
    this.#server.on('clientError', (error, socket) => this.#unreadable(error, socket));
  }

  /**
   * Starts to accept.
   * @param address port 0 takes a free one
   * @returns the port
   * @throws ListenerError `LISTENER_FAILED`
   */
  listen(address: ListenAddress): Promise<number> {
    return openListener(this.#server, address);
  }

  /** Connections of clients that are open now. */
  get connections(): number {
    return this.#clients.size;
  }

  /** Stops accepting and ends every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#clients) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    // It comes again when a tunnel for requests without TLS was opened on it.
    if (this.#clients.has(socket)) return;
    this.#clients.add(socket);
    socket.once('close', () => this.#clients.delete(socket));
    // A reset client is no news; without a listener it would end the daemon.
    socket.on('error', () => undefined);
  }

  /** A fault of ours ends the connection it happened on, and no other. */
  #failed(stream: Writable, error: unknown): void {
    this.#parts.onProblem('proxy', error);
    stream.destroy();
  }

  /** Bytes that are no request at all. Whose they are is known only when requests came on that connection before. */
  #unreadable(error: Error, socket: Duplex): void {
    // A client that was reset, said nothing in time or ended in the middle did nothing wrong.
    const code = 'code' in error ? String(error.code) : '';
    const malformed = code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE';
    if (malformed) this.#tellMalformed(socket);
    endWith(socket, toMalformed('the request cannot be read'));
  }

  #tellMalformed(socket: Duplex): void {
    const tunnel = this.#plainTunnels.get(socket);
    const session = tunnel?.session ?? this.#authentication.provedBy(socket);
    if (session === undefined) this.#parts.onStranger('malformed request');
    else this.#refuseMalformed(session, tunnel?.authority ?? null, 'it cannot be parsed');
  }

  async #connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    const around = this.#plainTunnels.get(socket);
    if (around !== undefined) {
      const problem = 'a tunnel cannot be opened inside of a tunnel';
      this.#refuseMalformed(around.session, around.authority, problem);
      endWith(socket, toMalformed(problem));
      return;
    }
    const session = await this.#authentication.authenticate(
      request.rawHeaders,
      socket,
      endsOf(socket),
    );
    if ('status' in session) {
      endWith(socket, session);
      return;
    }
    const target = readConnect(toHead(request));
    if (!target.ok) {
      this.#refuseMalformed(session, null, target.problem);
      endWith(socket, toMalformed(target.problem));
      return;
    }
    const stay = this.#stays.enter(session);
    if (stay === null) {
      endWith(socket, toBusyReply('connections'));
      return;
    }
    const gone = new AbortController();
    socket.once('close', () => {
      gone.abort();
      stay.leave();
    });
    const signal = AbortSignal.any([stay.signal, gone.signal]);
    await this.#openTunnel({ stay, signal, socket, head, authority: target });
  }

  async #openTunnel(asked: AskedTunnel): Promise<void> {
    const { stay, socket, head, authority } = asked;
    const { session, signal } = stay;
    const { interception } = this.#parts;
    if (interception.covers(session, authority)) {
      // Each request inside is ruled on and recorded by itself.
      socket.setTimeout(0);
      socket.write(TUNNEL_OPEN);
      const refuse = (what: string, reason: string): void =>
        recordRefusal(this.#parts, session, authority, { what, reason });
      await interception.take({ session, authority, socket, head, signal, refuse });
      return;
    }
    const { agent } = session.principal;
    if (this.#parts.reach.spokenTo(authority.host, authority.port, agent) === 'plain') {
      this.#openPlain(asked);
      return;
    }
    const permitted = await rule(this.#parts, asked, 'CONNECT', 'tls');
    if ('status' in permitted) endWith(socket, permitted);
    else this.#startTunnel(asked, permitted);
  }

  #startTunnel(asked: AskedTunnel, { egress, permit }: Permitted): void {
    const { stay, socket, head, authority } = asked;
    // Its own time-outs take over from those for requests.
    socket.setTimeout(0);
    const tunnel = new Tunnel({
      conversation: new TunnelConversation(authority.host),
      client: socket,
      head,
      permit,
      dial: (signal) => this.#dial(egress, signal),
      toProblem: (error) => (error instanceof DialProblem ? error.problem : 'unreachable'),
      refuse: (what, reason) =>
        recordRefusal(this.#parts, stay.session, authority, { what, reason }),
      onProblem: this.#parts.onProblem,
    });
    const stop = (): void => tunnel.stop('session ended');
    stay.signal.addEventListener('abort', stop, { once: true });
    tunnel.start();
    if (stay.signal.aborted) stop();
  }

  /** Requests follow inside; each is read, ruled on and recorded by itself. */
  #openPlain({ stay, socket, head, authority }: AskedTunnel): void {
    this.#plainTunnels.set(socket, { session: stay.session, authority });
    stay.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (socket.readableEnded) {
      socket.destroy();
      return;
    }
    if (head.length > 0) socket.unshift(head);
    this.#server.emit('connection', socket);
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tunnel = this.#plainTunnels.get(request.socket) ?? null;
    const session =
      tunnel?.session ??
      (await this.#authentication.authenticate(
        request.rawHeaders,
        request.socket,
        endsOf(request.socket),
      ));
    if ('status' in session) {
      answer(response, session);
      return;
    }
    const read = readPlainRequest(toHead(request), tunnel?.authority ?? null);
    if (!read.ok) {
      this.#refuseMalformed(session, tunnel?.authority ?? null, read.problem);
      answer(response, toMalformed(read.problem));
      return;
    }
    const stay = this.#stays.enter(session);
    if (stay === null) {
      answer(response, toBusyReply('connections'));
      return;
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
      stay.leave();
    });
    const signal = AbortSignal.any([stay.signal, gone.signal]);
    const { authority, method } = read;
    const permitted = await rule(this.#parts, { stay, signal, authority }, method, 'plain');
    if ('status' in permitted) {
      answer(response, permitted);
      return;
    }
    await exchange({
      request,
      response,
      outgoing: read,
      permit: permitted.permit,
      signal,
      sessionEnded: () => stay.signal.aborted,
      dial: () => this.#dial(permitted.egress, signal),
      begin: beginRequest,
      toProblem: (error) => (error instanceof DialProblem ? error.problem : 'lost'),
      answer: (reply) => answer(response, reply),
    });
  }

  #dial({ addresses, port }: EgressFacts, signal: AbortSignal): Promise<Socket> {
    return dial({ addresses, port, timeoutMs: CONNECT_TIMEOUT_MS, signal });
  }

  #refuseMalformed(session: ProxySession, authority: Authority | null, reason: string): void {
    recordRefusal(this.#parts, session, authority, { what: 'malformed request', reason });
  }
}

/** A tunnel that a session asked for. */
interface AskedTunnel extends Asked {
  readonly socket: Socket;
  readonly head: Buffer;
}

/** SECURITY(P-17): heads, fields, waits and connections have bounds. */
function makeServer(): Server {
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEAD_TIMEOUT_MS,
    // A body may take as long as it moves; the idle time below ends one that does not.
    requestTimeout: 0,
    connectionsCheckingInterval: HEAD_TIMEOUT_MS / 4,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    noDelay: true,
  });
  // Node would drop what is beyond a count in silence; `messages.ts` refuses it instead.
  server.maxHeadersCount = 0;
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = IDLE_TIMEOUT_MS;
  return server;
}

function toHead({ method = '', url = '', rawHeaders }: IncomingMessage): RequestHead {
  return { method, target: url, fields: rawHeaders };
}

/** Says something on a raw connection and ends it, with time to read it. */
function endWith(socket: Duplex, reply: Reply): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(toReplyBytes(reply));
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Answers a request ourselves; the connection ends with it. */
function answer(response: ServerResponse, reply: Reply): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
    return;
  }
  response.sendDate = false;
  response.writeHead(reply.status, reply.reason, [...reply.fields]);
  response.end(reply.body);
}
