/**
 * Connections to the hosts of APIs: dialed at checked addresses, TLS verified as the platform does, HTTP/2 where the host
 * speaks it, kept for the next request of the same host. Beside the listener the only file of the room with sockets.
 */

import { Agent, request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { FieldList } from '@agentguard/rules';
import { CONNECT_TIMEOUT_MS, IDLE_TIMEOUT_MS, MAX_HEAD_BYTES, UPSTREAM_KEEP_MS } from './limits.ts';

/** Why a host did not answer. `certificate`: it could not show who it is. */
export type UpstreamFailure = 'not found' | 'unreachable' | 'timeout' | 'certificate' | 'lost';

/** The host did not answer. Its cause is for the log. */
export class UpstreamFailed extends Error {
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure, cause: unknown) {
    super(`the host: ${failure}`, { cause });
    this.failure = failure;
  }
}

/** Where a request goes. */
export interface UpstreamPlace {
  /** Name or address, as in the URL. */
  readonly host: string;
  readonly port: number;
  /** Checked addresses, tried in order. */
  readonly addresses: readonly string[];
  /** Roots that the host is verified against, PEM; null for the platform's own. */
  readonly ca: string | null;
}

/** A request as it goes upstream. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  /** End-to-end fields without `Host`. */
  readonly fields: FieldList;
  readonly hasBody: boolean;
  readonly trailers: boolean;
}

/** What the host said. */
export interface UpstreamAnswer {
  readonly status: number;
  /** End to end and hop by hop, as sent. */
  readonly fields: FieldList;
  readonly body: Readable;
  /** Fields behind the content; complete when the body has ended. */
  readonly trailers: () => FieldList;
}

/** A request that was begun. */
export interface StartedRequest {
  /** Takes the content; ended by whoever writes it. */
  readonly body: Writable;
  readonly answer: Promise<UpstreamAnswer>;
  /** Gives up: nothing more is wanted of it. */
  abort(): void;
}

/** A host that was asked to go on with another protocol. */
export interface UpgradedConnection {
  readonly status: number;
  readonly fields: FieldList;
  /** Null when the host declined; then its answer is the body. */
  readonly socket: Duplex | null;
  readonly head: Buffer;
  readonly body: Readable | null;
}

/** One host as this pool reaches it. */
interface Origin {
  readonly place: UpstreamPlace;
  readonly agent: Agent;
  /** What it spoke the last time; null before the first. */
  protocol: 'h2' | 'http/1.1' | null;
  session: ClientHttp2Session | null;
  /** A connection that was opened to learn the protocol. */
  spare: TLSSocket | null;
}

/** Connections of the daemon to the hosts of APIs. */
export class UpstreamPool {
  readonly #origins = new Map<string, Origin>();

  /**
   * Begins a request.
   * @throws UpstreamFailed when there is no connection
   */
  async start(
    place: UpstreamPlace,
    wanted: UpstreamRequest,
    signal: AbortSignal,
  ): Promise<StartedRequest> {
    const origin = this.#originOf(place);
    const session = await this.#sessionOf(origin, signal);
    return session === null
      ? startInHttp1(origin, wanted)
      : startInHttp2(session, toAuthority(place), wanted);
  }

  /**
   * Asks a host to go on with WebSocket.
   * @throws UpstreamFailed when there is no connection, or no answer
   */
  async upgrade(
    place: UpstreamPlace,
    wanted: UpstreamRequest,
    signal: AbortSignal,
  ): Promise<UpgradedConnection> {
    const socket = await this.#connect(place, ['http/1.1'], signal);
    return upgradeOn(socket, place, wanted);
  }

  /** Ends every connection. */
  close(): void {
    for (const { agent, session, spare } of this.#origins.values()) {
      agent.destroy();
      session?.destroy();
      spare?.destroy();
    }
    this.#origins.clear();
  }

  #originOf(place: UpstreamPlace): Origin {
    const key = `${toAuthority(place)} ${place.ca ?? ''}`;
    const known = this.#origins.get(key);
    if (known !== undefined) {
      // What was checked now is what is dialed next.
      const origin = { ...known.place, addresses: place.addresses };
      Object.assign(known, { place: origin });
      return known;
    }
    const agent = new Agent({ keepAlive: true, timeout: UPSTREAM_KEEP_MS, maxFreeSockets: 8 });
    const origin: Origin = { place, agent, protocol: null, session: null, spare: null };
    agent.createConnection = (_options, done) => {
      const spare = takeSpare(origin);
      if (spare !== null) return spare;
      this.#connect(origin.place, ['http/1.1'], AbortSignal.timeout(CONNECT_TIMEOUT_MS)).then(
        (socket) => done?.(null, socket),
        (error: unknown) => fail(done, error),
      );
      return undefined;
    };
    this.#origins.set(key, origin);
    return origin;
  }

  /** The HTTP/2 session of a host; null when it speaks HTTP/1.1. */
  async #sessionOf(origin: Origin, signal: AbortSignal): Promise<ClientHttp2Session | null> {
    const { session } = origin;
    if (session !== null && !session.closed && !session.destroyed) return session;
    if (origin.protocol === 'http/1.1') return null;
    const socket = await this.#connect(origin.place, ['h2', 'http/1.1'], signal);
    if (socket.alpnProtocol !== 'h2') {
      origin.protocol = 'http/1.1';
      keepSpare(origin, socket);
      return null;
    }
    origin.protocol = 'h2';
    return (origin.session = openSession(origin, socket));
  }

  async #connect(
    place: UpstreamPlace,
    protocols: readonly string[],
    signal: AbortSignal,
  ): Promise<TLSSocket> {
    const late = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    const ended = AbortSignal.any([signal, late]);
    if (place.addresses.length === 0) throw new UpstreamFailed('not found', null);
    let last: unknown = null;
    for (const address of place.addresses) {
      // SECURITY(P-31): an address that was checked, never a name that could lead elsewhere by now.
      if (isIP(address) === 0) throw new UpstreamFailed('unreachable', null);
      try {
        const socket = await connectOnce(address, place.port, ended);
        return await handshake(socket, place, protocols, ended);
      } catch (error) {
        // Who cannot show who it is will not do so at another address.
        if (error instanceof UpstreamFailed) throw error;
        last = error;
        if (ended.aborted) break;
      }
    }
    throw new UpstreamFailed(late.aborted ? 'timeout' : 'unreachable', last);
  }
}

/** SECURITY(P-37): verified against the platform's roots for the name that was asked for; there is no way to turn it off. */
function handshake(
  socket: Socket,
  { host, ca }: UpstreamPlace,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({
      socket,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      host,
      ALPNProtocols: [...protocols],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(ca === null ? {} : { ca }),
    });
    const abort = (): void => {
      tls.destroy();
      reject(new UpstreamFailed('timeout', signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    tls.once('error', (error: Error) => {
      signal.removeEventListener('abort', abort);
      const refused = isCertificateError(error);
      reject(new UpstreamFailed(refused ? 'certificate' : 'unreachable', error));
    });
    tls.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      tls.removeAllListeners('error');
      // From here on its owner listens; until then an error must not end the daemon.
      tls.on('error', () => undefined);
      resolve(tls);
    });
  });
}

function startInHttp1(origin: Origin, wanted: UpstreamRequest): StartedRequest {
  const { method, path, fields, hasBody, trailers } = wanted;
  const chunked = hasBody && !names(fields).includes('content-length');
  const outgoing = requestHttp({
    agent: origin.agent,
    host: origin.place.host,
    port: origin.place.port,
    method,
    path,
    headers: [
      ...['Host', toAuthority(origin.place)],
      ...fields,
      ...(chunked ? ['Transfer-Encoding', 'chunked'] : []),
      ...(trailers ? ['TE', 'trailers'] : []),
    ],
    setHost: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    insecureHTTPParser: false,
    timeout: IDLE_TIMEOUT_MS,
  });
  outgoing.on('timeout', () => outgoing.destroy());
  const answer = new Promise<UpstreamAnswer>((resolve, reject) => {
    outgoing.once('response', (message) => resolve(toAnswer(message)));
    outgoing.once('error', (error) => reject(toFailed(error)));
    outgoing.once('close', () => reject(new UpstreamFailed('lost', null)));
    // It did not ask for that.
    outgoing.once('upgrade', (_message, socket: Duplex) => socket.destroy());
  });
  if (!hasBody) outgoing.end();
  return { body: outgoing, answer, abort: () => outgoing.destroy() };
}

function toAnswer(message: IncomingMessage): UpstreamAnswer {
  const { statusCode, rawHeaders } = message;
  const trailers = (): FieldList => message.rawTrailers;
  return { status: statusCode ?? 502, fields: rawHeaders, body: message, trailers };
}

function startInHttp2(
  session: ClientHttp2Session,
  authority: string,
  wanted: UpstreamRequest,
): StartedRequest {
  const { method, path, fields, hasBody, trailers } = wanted;
  const stream = session.request(
    {
      ...toHeaders(fields),
      ...(trailers ? { te: 'trailers' } : {}),
      ':method': method,
      ':scheme': 'https',
      ':authority': authority,
      ':path': path,
    },
    { endStream: !hasBody },
  );
  stream.setTimeout(IDLE_TIMEOUT_MS, () => stream.close(constants.NGHTTP2_CANCEL));
  let behind: FieldList = [];
  stream.once('trailers', (headers: IncomingHttpHeaders) => {
    behind = fromHeaders(headers);
  });
  const answer = new Promise<UpstreamAnswer>((resolve, reject) => {
    stream.once('response', (headers) => {
      const status = headers[':status'] ?? 502;
      resolve({ status, fields: fromHeaders(headers), body: stream, trailers: () => behind });
    });
    stream.once('error', (error) => reject(toFailed(error)));
    stream.once('close', () => reject(new UpstreamFailed('lost', null)));
  });
  return { body: stream, answer, abort: () => stream.close(constants.NGHTTP2_CANCEL) };
}

function openSession(origin: Origin, socket: TLSSocket): ClientHttp2Session {
  const session = connectHttp2(`https://${toAuthority(origin.place)}`, {
    createConnection: () => socket,
    maxHeaderListPairs: 256,
    settings: { enablePush: false },
  });
  session.setTimeout(UPSTREAM_KEEP_MS, () => {
    // A stream that waits for its host has a time of its own.
    session.close();
  });
  const forget = (): void => {
    if (origin.session === session) origin.session = null;
  };
  session.on('error', forget);
  session.on('goaway', forget);
  session.on('close', forget);
  return session;
}

function upgradeOn(
  socket: TLSSocket,
  place: UpstreamPlace,
  { path, fields }: UpstreamRequest,
): Promise<UpgradedConnection> {
  return new Promise((resolve, reject) => {
    const outgoing = requestHttp({
      createConnection: () => socket,
      method: 'GET',
      path,
      headers: [
        ...['Host', toAuthority(place)],
        ...fields,
        ...['Connection', 'Upgrade', 'Upgrade', 'websocket'],
      ],
      setHost: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      insecureHTTPParser: false,
    });
    outgoing.once('upgrade', ({ statusCode, rawHeaders }, upgraded: Duplex, head) => {
      resolve({
        status: statusCode ?? 101,
        fields: rawHeaders,
        socket: upgraded,
        head,
        body: null,
      });
    });
    outgoing.once('response', (message) => {
      const { statusCode, rawHeaders } = message;
      const head = Buffer.alloc(0);
      resolve({ status: statusCode ?? 502, fields: rawHeaders, socket: null, head, body: message });
    });
    outgoing.once('error', (error) => reject(toFailed(error)));
    outgoing.end();
  });
}

/** The type wants a connection even where there is none. */
function fail(done: ((error: Error, socket: never) => void) | undefined, error: unknown): void {
  (done as ((error: Error) => void) | undefined)?.(toError(error));
}

function connectOnce(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(toError(signal.reason));
      return;
    }
    const socket = connectTcp({ host, port, noDelay: true });
    const abort = (): void => {
      socket.destroy();
      reject(toError(signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
  });
}

/** It is used at once, or not at all: a connection that nobody reads is not noticed when it ends. */
function keepSpare(origin: Origin, socket: TLSSocket): void {
  origin.spare?.destroy();
  origin.spare = socket;
  socket.once('close', () => {
    if (origin.spare === socket) origin.spare = null;
  });
}

function takeSpare(origin: Origin): TLSSocket | null {
  const { spare } = origin;
  origin.spare = null;
  return spare === null || spare.destroyed ? null : spare;
}

function names(fields: FieldList): readonly string[] {
  return fields.filter((_text, at) => at % 2 === 0).map((name) => name.toLowerCase());
}

function toHeaders(fields: FieldList): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase();
    (headers[name] ??= []).push(fields[at + 1] ?? '');
  }
  return headers;
}

function fromHeaders(headers: IncomingHttpHeaders): FieldList {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (name.startsWith(':') || value === undefined) return [];
    return [value].flat().flatMap((one) => [name, one]);
  });
}

function toAuthority({ host, port }: UpstreamPlace): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 443 ? name : `${name}:${port}`;
}

function isCertificateError(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_|DEPTH_ZERO|HOSTNAME/.test(code);
}

function toFailed(error: unknown): UpstreamFailed {
  return error instanceof UpstreamFailed ? error : new UpstreamFailed('lost', error);
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}
