/**
 * The socket to a real server, with or without TLS, as a queue of events. Beside `connection.ts` the
 * only file of the room with sockets. It checks certificates as the plan says and decides nothing.
 */

import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect as connectTls, getCACertificates } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { toChannelBinding } from './channel-binding.ts';
import type { HandshakeEvent } from './upstream-handshake.ts';
import { type Endpoint, isIpAddress, type UpstreamTarget } from './upstream-target.ts';
import { planTls, type TlsFiles, type TlsPlan } from './upstream-tls.ts';

/** After this idle time the system probes whether the other side still exists; address translation forgets after minutes. */
const KEEP_ALIVE_MS = 60_000;

/** How a link is encrypted. */
export interface TlsDescription {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  readonly verified: 'none' | 'ca' | 'full';
}

/** What TLS may have to be set up with. */
export interface TransportContext {
  readonly target: UpstreamTarget;
  readonly files: TlsFiles;
}

function dial(endpoint: Endpoint): Socket {
  return endpoint.kind === 'unix'
    ? connectTcp({ path: `${endpoint.folder}/.s.PGSQL.${endpoint.port}` })
    : connectTcp({ host: endpoint.dial, port: endpoint.port });
}

/** What the handshake has to know, and that there is nobody to talk to. */
export type TransportEvent =
  HandshakeEvent | { readonly kind: 'unreachable'; readonly reason: string };

/** A socket, perhaps with TLS on it, as a queue of events. */
export class Transport {
  readonly #context: TransportContext;
  readonly #events: TransportEvent[] = [];
  #socket: Socket;
  #connected = false;
  #wake: (() => void) | null = null;
  tls: TlsDescription | null = null;

  /** Starts to connect at once. @param endpoint the target's, or the address behind it */
  constructor(context: TransportContext, endpoint: Endpoint) {
    const socket = dial(endpoint);
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
