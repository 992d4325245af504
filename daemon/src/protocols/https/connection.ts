/**
 * Stands for the hosts of guarded APIs: takes clients that opened a tunnel to one, speaks TLS with them by a certificate of
 * the local authority, and hands every request over to be judged. HTTP/1.1 and HTTP/2 are read by Node's own parsers in
 * their strict mode. It decides nothing: whoever looks for a rule finds it in `messages.ts` and the decision core.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { constants, performServerHandshake } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { toHostText } from '@agentguard/rules';
import type { FieldList } from '@agentguard/rules';
import type { ApiClient } from './api-guard.ts';
import {
  HANDSHAKE_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  LINGER_MS,
  MAX_CONCURRENT_STREAMS,
  MAX_HEAD_BYTES,
} from './limits.ts';
import type { Authority, RequestHead } from './messages.ts';
import { toMalformed } from './replies.ts';
import type { Reply } from './replies.ts';

/** A client's connection after its CONNECT was answered. */
export interface InterceptedTunnel {
  readonly socket: Socket;
  /** What the client sent behind its CONNECT. */
  readonly head: Buffer;
  readonly authority: Authority;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal;
  /** Carries one request through. */
  readonly serve: (side: ApiClient) => Promise<void>;
  /** Puts what cannot be read on the record. */
  readonly refuse: (what: string, reason: string) => void;
}

/** Certificate and key of a host, PEM. The same object until it is renewed. */
export interface ServerLeaf {
  readonly cert: string;
  readonly key: string;
}

/** What a guard is built from. */
export interface ApiConnectionParts {
  readonly leafFor: (host: string) => Promise<ServerLeaf>;
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** Clients of guarded APIs. */
export class ApiConnections {
  readonly #parts: ApiConnectionParts;
  readonly #server: Server;
  readonly #tunnels = new WeakMap<Duplex, InterceptedTunnel>();
  readonly #open = new Set<TLSSocket>();
  readonly #servers = new Map<string, { readonly server: TlsServer; readonly leaf: ServerLeaf }>();
  /** Tunnels whose handshake goes on, by the client's end. */
  readonly #arriving = new Map<string, InterceptedTunnel>();

  constructor(parts: ApiConnectionParts) {
    this.#parts = parts;
    this.#server = makeServer();
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.#serveInHttp1(request, response);
    };
    this.#server.on('request', serve);
    // Without a listener of its own, Node would say 100 Continue before anything was judged.
    this.#server.on('checkContinue', serve);
    this.#server.on('checkExpectation', serve);
    this.#server.on('upgrade', (_request, socket: Duplex) => {
      this.#upgrade(socket);
    });
    this.#server.on('connect', (_request, socket: Duplex) => socket.destroy());
    this.#server.on('clientError', (_error, socket: Duplex) => {
      this.#tunnels.get(socket)?.refuse('malformed request', 'it cannot be parsed');
      endWith(socket, toMalformed('the request cannot be read'));
    });
  }

  /** Takes a client over. Never rejects: what goes wrong ends that client's connection. */
  async take(tunnel: InterceptedTunnel): Promise<void> {
    const { socket, authority, head, signal } = tunnel;
    try {
      const server = await this.#serverFor(authority);
      if (socket.destroyed || signal.aborted) {
        socket.destroy();
        return;
      }
      if (head.length > 0) socket.unshift(head);
      const key = keyOf(socket);
      this.#arriving.set(key, tunnel);
      socket.once('close', () => this.#arriving.delete(key));
      server.emit('connection', socket);
    } catch (error) {
      this.#parts.onProblem('no certificate could be made', error);
      socket.destroy();
    }
  }

  /** Ends every connection. */
  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  /** One server for each host, so that its certificate is the only one that a client of its tunnels can meet. */
  async #serverFor(authority: Authority): Promise<TlsServer> {
    const name = toHostText(authority.host);
    const leaf = await this.#parts.leafFor(name);
    const known = this.#servers.get(name);
    // A leaf is renewed long before it expires.
    if (known !== undefined && known.leaf !== leaf) known.server.setSecureContext(leaf);
    const server = known?.server ?? this.#makeTlsServer(leaf);
    this.#servers.set(name, { server, leaf });
    return server;
  }

  #makeTlsServer(leaf: ServerLeaf): TlsServer {
    const server = createTlsServer({
      ...leaf,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      minVersion: 'TLSv1.2',
    });
    server.on('secureConnection', (tls) => this.#secured(tls));
    server.on('tlsClientError', (_error, tls) => tls.destroy());
    return server;
  }

  #secured(tls: TLSSocket): void {
    tls.on('error', () => tls.destroy());
    const tunnel = this.#arriving.get(keyOf(tls));
    if (tunnel === undefined) {
      tls.destroy();
      return;
    }
    this.#arriving.delete(keyOf(tls));
    const { host } = tunnel.authority;
    // SECURITY(P-33): the name inside has to be the one that the tunnel was opened for. Of an address there is none (RFC 6066).
    const { servername } = tls as TLSSocket & { readonly servername?: string | false };
    if (host.kind === 'name' && servername !== host.text) {
      tunnel.refuse('server name', 'the client named no host, or another one');
      tls.destroy();
      return;
    }
    this.#open.add(tls);
    const end = (): void => {
      tls.destroy();
    };
    tunnel.signal.addEventListener('abort', end, { once: true });
    tls.once('close', () => {
      tunnel.signal.removeEventListener('abort', end);
      this.#open.delete(tls);
    });
    this.#tunnels.set(tls, tunnel);
    if (tls.alpnProtocol === 'h2') this.#speakHttp2(tls, tunnel);
    else this.#server.emit('connection', tls);
  }

  #serveInHttp1(request: IncomingMessage, response: ServerResponse): void {
    const tunnel = this.#tunnels.get(request.socket);
    if (tunnel === undefined) {
      request.socket.destroy();
      return;
    }
    void tunnel.serve(sideOfHttp1(request, response, tunnel)).catch((error: unknown) => {
      this.#parts.onProblem('a request to an API', error);
      response.destroy();
    });
  }

  #upgrade(socket: Duplex): void {
    const tunnel = this.#tunnels.get(socket);
    if (tunnel === undefined) {
      socket.destroy();
      return;
    }
    // Frames inside are not read, so nothing of the kind is opened.
    tunnel.refuse('upgrade', 'WebSocket to a guarded API is not read');
    endWith(socket, toMalformed('WebSocket to this API is not opened'));
  }

  #speakHttp2(tls: TLSSocket, tunnel: InterceptedTunnel): void {
    const session = performServerHandshake(tls, {
      maxHeaderListPairs: MAX_HEADER_PAIRS,
      settings: {
        maxConcurrentStreams: MAX_CONCURRENT_STREAMS,
        maxHeaderListSize: MAX_HEAD_BYTES,
        enablePush: false,
      },
    });
    session.setTimeout(IDLE_TIMEOUT_MS, () => session.close());
    session.on('error', () => session.destroy());
    session.on('stream', (stream, headers, _flags, rawHeaders: unknown) => {
      const fields = Array.isArray(rawHeaders) ? rawHeaders.map(String) : [];
      this.#serveInHttp2(stream, { headers, fields }, tunnel);
    });
    endWithSession(session, tunnel.signal);
  }

  #serveInHttp2(stream: ServerHttp2Stream, head: Http2Head, tunnel: InterceptedTunnel): void {
    stream.on('error', () => stream.destroy());
    void tunnel.serve(sideOfHttp2(stream, head, tunnel)).catch((error: unknown) => {
      this.#parts.onProblem('a request to an API', error);
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  }
}

/** Pairs of one head, pseudo-header fields included. */
const MAX_HEADER_PAIRS = 140;

interface Http2Head {
  readonly headers: IncomingHttpHeaders;
  readonly fields: readonly string[];
}

function sideOfHttp1(
  request: IncomingMessage,
  response: ServerResponse,
  tunnel: InterceptedTunnel,
): ApiClient {
  const { method = '', url = '', rawHeaders } = request;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const head: RequestHead = {
    ...{ version: '1.1', method, target: url, authority: null, scheme: null },
    fields: rawHeaders,
  };
  return {
    head,
    body: request,
    hasBody: 'content-length' in request.headers || 'transfer-encoding' in request.headers,
    signal: AbortSignal.any([gone.signal, tunnel.signal]),
    sessionEnded: () => tunnel.signal.aborted,
    wantBody: () => {
      if ('expect' in request.headers) response.writeContinue();
    },
    respond: ({ status, fields, behind }) => {
      response.sendDate = false;
      const announced = behind === null ? [] : ['Trailer', 'grpc-status'];
      response.writeHead(status, [...fields, ...announced]);
      if (behind !== null) addTrailersAtEnd(response, behind);
      return response;
    },
    reply: (reply) => {
      if (response.destroyed || response.headersSent) {
        response.destroy();
        return;
      }
      response.sendDate = false;
      // What the client still sends of a request that was not taken must not be read as the next one.
      response.writeHead(reply.status, [...reply.fields, 'Connection', 'close']);
      response.end(reply.body);
    },
    breakOff: () => response.destroy(),
  };
}

/** Trailer fields are known once the content has passed, which is right before the end. */
function addTrailersAtEnd(response: ServerResponse, behind: () => FieldList): void {
  const end = response.end.bind(response);
  response.end = ((...args: readonly never[]) => {
    const fields = behind();
    response.addTrailers(toPairs(fields));
    return end(...(args as []));
  }) as typeof response.end;
}

function sideOfHttp2(
  stream: ServerHttp2Stream,
  { headers, fields }: Http2Head,
  tunnel: InterceptedTunnel,
): ApiClient {
  const gone = new AbortController();
  stream.once('close', () => {
    if (!stream.writableFinished) gone.abort();
  });
  const head: RequestHead = {
    version: '2',
    method: headers[':method'] ?? '',
    target: headers[':path'] ?? '',
    authority: headers[':authority'] ?? null,
    scheme: headers[':scheme'] ?? null,
    fields: withoutPseudo(fields),
  };
  return {
    head,
    body: stream,
    hasBody: !stream.endAfterHeaders,
    signal: AbortSignal.any([gone.signal, tunnel.signal]),
    sessionEnded: () => tunnel.signal.aborted,
    wantBody: () => {
      if ('expect' in headers) stream.additionalHeaders({ ':status': 100 });
    },
    respond: ({ status, fields: answered, behind }) => {
      stream.respond(
        { ...toHeaders(answered), ':status': status },
        { waitForTrailers: behind !== null },
      );
      if (behind !== null)
        stream.once('wantTrailers', () => stream.sendTrailers(toHeaders(behind())));
      return stream;
    },
    reply: (reply) => {
      if (stream.destroyed || stream.headersSent) {
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        return;
      }
      stream.respond({ ...toHeaders(reply.fields), ':status': reply.status });
      stream.end(reply.body);
      // The rest of its content is not wanted (RFC 9113 section 8.1).
      stream.resume();
    },
    breakOff: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  };
}

/** What tells one client's connection from every other. */
function keyOf({ remoteAddress = '', remotePort = 0, localPort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}

function withoutPseudo(fields: FieldList): FieldList {
  return fields.filter((_text, at) => !(fields[at - (at % 2)] ?? '').startsWith(':'));
}

function toHeaders(fields: FieldList): Record<string, string[]> {
  const headers = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of toPairs(fields)) (headers[name.toLowerCase()] ??= []).push(value);
  return headers;
}

function toPairs(fields: FieldList): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < fields.length; at += 2)
    pairs.push([fields[at] ?? '', fields[at + 1] ?? '']);
  return pairs;
}

function endWithSession(session: ServerHttp2Session, signal: AbortSignal): void {
  const end = (): void => session.destroy();
  signal.addEventListener('abort', end, { once: true });
  session.once('close', () => signal.removeEventListener('abort', end));
}

/** SECURITY(P-17): heads, fields and waits have bounds. */
function makeServer(): Server {
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: true,
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // A body may take as long as it moves; the idle time below ends one that does not.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    noDelay: true,
  });
  // Node would drop what is beyond a count in silence; `messages.ts` refuses it instead.
  server.maxHeadersCount = 0;
  server.timeout = IDLE_TIMEOUT_MS;
  return server;
}

/** Says something on a raw connection and ends it, with time to read it. */
function endWith(socket: Duplex, reply: Reply): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = toPairs(reply.fields).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${reply.status} agentguard`, ...lines, 'Connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${reply.body}`);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
