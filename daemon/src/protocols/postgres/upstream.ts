/**
 * Opens an authenticated session on a real PostgreSQL server. Beside `connection.ts` the only file of
 * the room with sockets: it carries out what the handshake commands and holds no decision of its own.
 * The password leaves it only as the answer that the handshake made of it.
 */

import { pbkdf2 } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect as connectTls, getCACertificates } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { UpstreamError } from '../../errors.ts';
import { toChannelBinding } from './channel-binding.ts';
import { KEY_BYTES } from './scram.ts';
import { passwordToStretch } from './upstream-authentication.ts';
import {
  encryptionAttempts,
  type HandshakeCommand,
  type HandshakeEvent,
  type SessionStartup,
  UpstreamHandshake,
  type UpstreamSession,
} from './upstream-handshake.ts';
import { type BackendKey, cancelRequest, sslRequest } from './upstream-messages.ts';
import { type Endpoint, isIpAddress, type UpstreamTarget } from './upstream-target.ts';
import { planTls, type TlsFiles, type TlsPlan } from './upstream-tls.ts';

const stretch = promisify(pbkdf2);

/** A cancel is a courtesy: when the server does not take it in this time, the statement simply goes on. */
const CANCEL_TIMEOUT_MS = 10_000;

/** After this idle time the system probes whether the other side still exists; address translation forgets after minutes. */
const KEEP_ALIVE_MS = 60_000;

/** What a connection needs from outside. */
export interface UpstreamOptions {
  /** Ends the attempt; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly files: TlsFiles;
  /** For all attempts together. A shorter `connect_timeout` of the target wins. */
  readonly timeoutMs: number;
}

/** How a link is encrypted. */
export interface TlsDescription {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  readonly verified: 'none' | 'ca' | 'full';
}

/** A session that is ready for its first query. */
export interface UpstreamLink {
  /** Paused and authenticated; the first ReadyForQuery is consumed and nothing after it is lost. The holder owns it. */
  readonly socket: Duplex;
  /** As reported by the server during startup. */
  readonly parameters: Map<string, string>;
  /** As libpq counts: 18.4 is 180004. */
  readonly serverVersion: number;
  readonly backendKey: BackendKey | null;
  readonly protocol: '3.0' | '3.2';
  /** Null on a plain connection. */
  readonly tls: TlsDescription | null;
  /**
   * Asks the same server, over a fresh connection of the same kind, to stop what this session runs.
   * Resolves when the server has taken it, and also when it could not be delivered.
   */
  cancel(): Promise<void>;
}

/**
 * Connects, encrypts and authenticates as the target says, trying what `sslmode` allows in libpq's order.
 * @throws UpstreamError saying what is wrong in our words, never with a word of the server
 */
export async function connectUpstream(
  target: UpstreamTarget,
  startup: SessionStartup,
  options: UpstreamOptions,
): Promise<UpstreamLink> {
  const timeout = AbortSignal.timeout(
    Math.min(options.timeoutMs, target.connectTimeoutMs ?? options.timeoutMs),
  );
  const signal = AbortSignal.any([options.signal, timeout]);
  const failures: UpstreamError[] = [];
  for (const encryption of encryptionAttempts(target)) {
    const handshake = new UpstreamHandshake(target, encryption, startup);
    const outcome = await attempt({ target, files: options.files, signal }, handshake);
    options.signal.throwIfAborted();
    if (outcome.kind === 'ready') return outcome.link;
    if (timeout.aborted) throw unreachable('the server did not answer in time');
    failures.push(outcome.error);
    if (!outcome.mayRetry) break;
  }
  throw mostTelling(failures);
}

/** Of two attempts, a wrong password tells more than a rule that wanted the other kind of encryption. */
function mostTelling(failures: readonly UpstreamError[]): UpstreamError {
  const password = failures.find(({ sqlState }) => sqlState === '28P01');
  return password ?? failures.at(-1) ?? unreachable('no attempt was made');
}

function unreachable(message: string): UpstreamError {
  return new UpstreamError('UPSTREAM_UNREACHABLE', message, { audience: 'user' });
}

interface Context {
  readonly target: UpstreamTarget;
  readonly files: TlsFiles;
  readonly signal: AbortSignal;
}

type Outcome =
  | { readonly kind: 'ready'; readonly link: UpstreamLink }
  | Extract<HandshakeCommand, { kind: 'fail' }>;

/** One transport and its handshake. INVARIANT: no socket is left open after a failure. */
async function attempt(context: Context, handshake: UpstreamHandshake): Promise<Outcome> {
  const transport = new Transport(context, dial(context.target.endpoint));
  const abort = (): void => transport.destroy();
  context.signal.addEventListener('abort', abort, { once: true });
  if (context.signal.aborted) abort();
  try {
    const outcome = await drive(context, transport, handshake);
    if (outcome.kind === 'fail' || context.signal.aborted) transport.destroy();
    return outcome;
  } catch (error) {
    transport.destroy();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', abort);
  }
}

async function drive(
  context: Context,
  transport: Transport,
  handshake: UpstreamHandshake,
): Promise<Outcome> {
  for (;;) {
    const event = await transport.next();
    if (event.kind === 'unreachable') {
      const error = unreachable(`the server cannot be reached (${event.reason})`);
      return { kind: 'fail', error, mayRetry: false };
    }
    for (const command of handshake.handle(event)) {
      switch (command.kind) {
        case 'send':
          transport.write(command.bytes);
          break;
        case 'start-tls':
          await transport.startTls();
          break;
        case 'stretch':
          transport.push({ kind: 'stretched', saltedPassword: await stretchPassword(command) });
          break;
        case 'ready':
          return { kind: 'ready', link: toLink(context, transport, command) };
        case 'fail':
          return command;
      }
    }
  }
}

/** In the thread pool: a server may ask for a million iterations. */
async function stretchPassword(
  asked: Extract<HandshakeCommand, { kind: 'stretch' }>,
): Promise<Buffer> {
  const password = passwordToStretch(asked.password);
  return stretch(password, asked.salt, asked.iterations, KEY_BYTES, 'sha256');
}

function toLink(
  context: Context,
  transport: Transport,
  { session, rest }: Extract<HandshakeCommand, { kind: 'ready' }>,
): UpstreamLink {
  // The same server again, also when its name stands for several.
  const endpoint = transport.endpoint();
  return {
    socket: transport.release(rest),
    ...describeSession(session),
    tls: transport.tls,
    cancel: () => sendCancel({ ...context, endpoint, encrypted: transport.tls !== null }, session),
  };
}

function describeSession(session: UpstreamSession): UpstreamSession {
  const { parameters, serverVersion, backendKey, protocol } = session;
  return { parameters, serverVersion, backendKey, protocol };
}

interface CancelContext extends Context {
  readonly endpoint: Endpoint;
  readonly encrypted: boolean;
}

/** Best effort by design of the protocol: the server never says whether it found the session. */
async function sendCancel(context: CancelContext, session: UpstreamSession): Promise<void> {
  if (session.backendKey === null) return;
  const transport = new Transport(context, dial(context.endpoint));
  const timer = setTimeout(() => transport.destroy(), CANCEL_TIMEOUT_MS);
  try {
    await deliverCancel(context, transport, session.backendKey);
  } finally {
    clearTimeout(timer);
    transport.destroy();
  }
}

async function deliverCancel(
  context: CancelContext,
  transport: Transport,
  key: BackendKey,
): Promise<void> {
  if ((await transport.next()).kind !== 'connected') return;
  if (context.encrypted) {
    if (context.target.tls.negotiation === 'postgres') {
      transport.write(sslRequest());
      const answer = await transport.next();
      if (answer.kind !== 'bytes' || answer.bytes.toString('latin1') !== 'S') return;
    }
    await transport.startTls();
    if ((await transport.next()).kind !== 'tls-ready') return;
  }
  transport.write(cancelRequest(key));
  // The server closes without a word once it has passed the signal on.
  await transport.next();
}

function dial(endpoint: Endpoint): Socket {
  return endpoint.kind === 'unix'
    ? connectTcp({ path: `${endpoint.folder}/.s.PGSQL.${endpoint.port}` })
    : connectTcp({ host: endpoint.dial, port: endpoint.port });
}

type TransportEvent = HandshakeEvent | { readonly kind: 'unreachable'; readonly reason: string };

/** A socket, perhaps with TLS on it, as a queue of events. */
class Transport {
  readonly #context: Context;
  readonly #events: TransportEvent[] = [];
  #socket: Socket;
  #connected = false;
  #wake: (() => void) | null = null;
  tls: TlsDescription | null = null;

  constructor(context: Context, socket: Socket) {
    this.#context = context;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once('connect', () => {
      this.#connected = true;
      this.push({ kind: 'connected' });
    });
    this.#listen();
  }

  push(event: TransportEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** The next event. A destroyed socket gives `closed`, so this always comes back. */
  async next(): Promise<TransportEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The address that was reached, with the name it was reached by. */
  endpoint(): Endpoint {
    const { endpoint } = this.#context.target;
    const { remoteAddress } = this.#socket;
    return endpoint.kind === 'unix'
      ? endpoint
      : { ...endpoint, dial: remoteAddress ?? endpoint.dial };
  }

  /** Puts TLS on the socket and reports `tls-ready` or `tls-failed`. */
  async startTls(): Promise<void> {
    this.#unlisten();
    // SECURITY(P-16): what came before TLS is not TLS's to read (CVE-2021-23222).
    if (this.#socket.readableLength > 0 || this.#events.length > 0) {
      this.push({ kind: 'tls-failed', reason: 'DATA_BEFORE_TLS' });
      return;
    }
    const planned = await planTls(this.#context.target, this.#context.files);
    if (!planned.ok) {
      this.push({ kind: 'tls-impossible', problem: planned.problem, help: planned.help });
      return;
    }
    if (this.#socket.destroyed) {
      this.push({ kind: 'closed' });
      return;
    }
    const { plan } = planned;
    try {
      const secure = await secureConnect(toTlsOptions(this.#context.target, plan, this.#socket));
      this.#socket = secure;
      this.tls = describeTls(secure, plan);
      this.push(toTlsReady(secure, plan));
      this.#listen();
    } catch (error) {
      this.push({ kind: 'tls-failed', reason: codeOf(error) });
    }
  }

  /** Hands the socket over, with `rest` and whatever came since in front of it. */
  release(rest: Buffer): Duplex {
    this.#unlisten();
    const later = this.#events.flatMap((event) => (event.kind === 'bytes' ? [event.bytes] : []));
    const unread = Buffer.concat([rest, ...later]);
    if (unread.length > 0) this.#socket.unshift(unread);
    return this.#socket;
  }

  #listen(): void {
    this.#socket.on('error', this.#onError);
    this.#socket.on('close', this.#onClose);
    this.#socket.on('data', this.#onData);
  }

  /** The error listener stays: an error without one would end the process. `close` follows every error. */
  #unlisten(): void {
    this.#socket.off('data', this.#onData);
    this.#socket.off('close', this.#onClose);
    this.#socket.pause();
  }

  readonly #onData = (bytes: Buffer): void => this.push({ kind: 'bytes', bytes });

  readonly #onClose = (): void => this.push({ kind: 'closed' });

  readonly #onError = (error: unknown): void => {
    const reason = codeOf(error);
    if (!this.#connected) this.push({ kind: 'unreachable', reason });
    // With TLS 1.3 a server refuses our certificate only after we think that TLS is ready.
    else if (this.tls !== null && reason.startsWith('ERR_SSL'))
      this.push({ kind: 'tls-failed', reason });
  };
}

function toTlsOptions(target: UpstreamTarget, plan: TlsPlan, socket: Socket): ConnectionOptions {
  const name = target.endpoint.kind === 'tcp' ? target.endpoint.name : null;
  const { authorities } = plan;
  return {
    socket,
    ALPNProtocols: ['postgresql'],
    rejectUnauthorized: plan.verify !== 'none',
    // The name comes from the connection text, not from wherever the socket happens to lead.
    checkServerIdentity: (_host, certificate) =>
      plan.name === null ? undefined : checkServerIdentity(plan.name, certificate),
    ...(authorities === null
      ? {}
      : { ca: authorities === 'system' ? getCACertificates('system') : [authorities] }),
    ...plan.certificate,
    minVersion: plan.minVersion,
    ...(plan.maxVersion === null ? {} : { maxVersion: plan.maxVersion }),
    // An address is no name (RFC 6066, section 3).
    ...(target.tls.sendServerName && name !== null && !isIpAddress(name)
      ? { servername: name }
      : {}),
  };
}

async function secureConnect(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // Throws at once when a certificate or key cannot be read.
    const secure = connectTls(options);
    const fail = (error: unknown): void =>
      reject(error instanceof Error ? error : new Error('closed'));
    secure.once('error', fail);
    secure.once('close', fail);
    secure.once('secureConnect', () => {
      secure.off('error', fail);
      secure.off('close', fail);
      resolve(secure);
    });
  });
}

function describeTls(secure: TLSSocket, plan: TlsPlan): TlsDescription {
  return {
    version: secure.getProtocol() ?? 'unknown',
    cipher: secure.getCipher().name,
    verified: plan.verify,
  };
}

function toTlsReady(secure: TLSSocket, plan: TlsPlan): HandshakeEvent {
  const certificate = secure.getPeerX509Certificate();
  return {
    kind: 'tls-ready',
    verified: plan.verify,
    binding:
      certificate === undefined
        ? { ok: false, problem: 'the server has no certificate' }
        : toChannelBinding(certificate.raw),
    alpn: typeof secure.alpnProtocol === 'string' ? secure.alpnProtocol : null,
  };
}

/** The code of a Node error, such as ECONNREFUSED. Its message may quote certificates and is not used. */
function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'unknown cause';
}
