/**
 * One attempt to open a session on a real server: encryption, startup, authentication, until the
 * server is ready. Events in, commands out; it has no socket and no clock.
 * It never believes a byte that came before TLS, and never keeps a word of the server's error texts.
 */

import type { ErrorCode } from '@agentguard/rules';
import { UpstreamError } from '../../errors.ts';
import type { SecretValue } from '../../secrets/secret-value.ts';
import { decodeParameterStatus } from './backend-messages.ts';
import { MAX_CANCEL_KEY_BYTES, MAX_STARTUP_BYTES } from './limits.ts';
import {
  type AuthStep,
  type ChannelFacts,
  UpstreamAuthentication,
} from './upstream-authentication.ts';
import { PROTOCOL_3_0 } from './startup.ts';
import { BackendFramer, type BackendMessage } from './upstream-frames.ts';
import { type BackendKey, readSqlState, sslRequest, startupMessage } from './upstream-messages.ts';
import { explainSqlState, toVersionNumber } from './upstream-answers.ts';
import { PINNED, type SessionStartup, startupParameters } from './upstream-startup.ts';
import type { UpstreamTarget } from './upstream-target.ts';

/**
 * How one attempt treats encryption. `tls-if-offered` goes on in plain when the server says no;
 * `direct-tls` starts TLS without asking.
 */
export type Encryption = 'plain' | 'tls' | 'tls-if-offered' | 'direct-tls';

/** What happens to an attempt. */
export type HandshakeEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | {
      readonly kind: 'tls-ready';
      readonly verified: 'none' | 'ca' | 'full';
      readonly binding: NonNullable<ChannelFacts['binding']>;
      /** The protocol that ALPN settled on, null when the server ignored it. */
      readonly alpn: string | null;
    }
  /** @param reason a code such as CERT_HAS_EXPIRED; never a text of the other side */
  | { readonly kind: 'tls-failed'; readonly reason: string }
  /** TLS cannot be tried, because of what is stored here. */
  | {
      readonly kind: 'tls-impossible';
      readonly problem: string;
      readonly help: string | undefined;
    }
  | { readonly kind: 'stretched'; readonly saltedPassword: Buffer }
  | { readonly kind: 'closed' };

/** What an attempt wants done. */
export type HandshakeCommand =
  | { readonly kind: 'send'; readonly bytes: Buffer }
  | { readonly kind: 'start-tls' }
  | {
      readonly kind: 'stretch';
      readonly password: SecretValue;
      readonly salt: Buffer;
      readonly iterations: number;
    }
  | { readonly kind: 'ready'; readonly session: UpstreamSession; readonly rest: Buffer }
  /** `mayRetry`: libpq would try the other kind of encryption now, if `sslmode` has one. */
  | { readonly kind: 'fail'; readonly error: UpstreamError; readonly mayRetry: boolean };

/** What the server told on the way to its first ReadyForQuery. */
export interface UpstreamSession {
  readonly parameters: Map<string, string>;
  readonly backendKey: BackendKey | null;
  readonly protocol: '3.0' | '3.2';
  /** As libpq counts: 18.4 is 180004. */
  readonly serverVersion: number;
}

/** PG: fe-connect.c takes no authentication or negotiation message above 2,000 bytes; a few SASL lists of other servers are longer. */
const MAX_AUTHENTICATION_BYTES = 4_096;

/** PG: MAX_ERRLEN in fe-connect.c. */
const MAX_ERROR_BYTES = 30_000;

/** Longest parameter report. `search_path` is the longest in practice. */
const MAX_PARAMETER_BYTES = 16_384;

/** Everything a server may say before it is ready. A real one says about 500 bytes. */
const MAX_HANDSHAKE_BYTES = 262_144;

/** Tries in the order of libpq. A Unix socket is never encrypted, whatever `sslmode` says. */
export function encryptionAttempts(target: UpstreamTarget): readonly Encryption[] {
  if (target.endpoint.kind === 'unix') return ['plain'];
  switch (target.tls.mode) {
    case 'disable':
      return ['plain'];
    case 'allow':
      return ['plain', 'tls'];
    case 'prefer':
      return ['tls-if-offered', 'plain'];
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return [target.tls.negotiation === 'direct' ? 'direct-tls' : 'tls'];
  }
}

type Phase = 'idle' | 'asked for tls' | 'in tls' | 'authenticating' | 'starting' | 'over';

/** One attempt over one transport. Give it events one by one and carry out what it returns. */
export class UpstreamHandshake {
  readonly #target: UpstreamTarget;
  readonly #encryption: Encryption;
  readonly #startup: SessionStartup;
  readonly #framer = new BackendFramer();
  readonly #parameters = new Map<string, string>();
  #phase: Phase = 'idle';
  #received = 0;
  #encrypted = false;
  #protocol: '3.0' | '3.2';
  #authentication: UpstreamAuthentication | null = null;
  #backendKey: BackendKey | null = null;

  constructor(target: UpstreamTarget, encryption: Encryption, startup: SessionStartup) {
    this.#target = target;
    this.#encryption = encryption;
    this.#startup = startup;
    this.#protocol = target.maxProtocol;
  }

  /** Takes what happened and tells what to do. After `ready` or `fail` it has nothing more to say. */
  handle(event: HandshakeEvent): readonly HandshakeCommand[] {
    if (this.#phase === 'over') return [];
    switch (event.kind) {
      case 'connected':
        return this.#connected();
      case 'bytes':
        return this.#bytes(event.bytes);
      case 'tls-ready':
        return this.#tlsReady(event);
      case 'tls-failed':
        return this.#fail('UPSTREAM_TLS', `TLS with the server failed (${event.reason})`, {
          mayRetry: this.#phase === 'in tls',
        });
      case 'tls-impossible':
        return this.#fail('UPSTREAM_TLS', event.problem, {
          ...(event.help === undefined ? {} : { help: event.help }),
        });
      case 'stretched':
        return this.#afterStep(this.#authentication?.stretched(event.saltedPassword));
      case 'closed':
        return this.#closed();
    }
  }

  #connected(): readonly HandshakeCommand[] {
    switch (this.#encryption) {
      case 'plain':
        return this.#start({ verified: null, binding: null });
      case 'direct-tls':
        this.#phase = 'in tls';
        return [{ kind: 'start-tls' }];
      case 'tls':
      case 'tls-if-offered':
        this.#phase = 'asked for tls';
        return [{ kind: 'send', bytes: sslRequest() }];
    }
  }

  #bytes(bytes: Buffer): readonly HandshakeCommand[] {
    this.#received += bytes.length;
    if (this.#received > MAX_HANDSHAKE_BYTES) return this.#protocolError('it says too much');
    switch (this.#phase) {
      case 'asked for tls':
        return this.#tlsAnswer(bytes);
      case 'authenticating':
      case 'starting':
        this.#framer.push(bytes);
        return this.#messages();
      case 'idle':
      case 'in tls':
      case 'over':
        return this.#protocolError('it speaks out of turn');
    }
  }

  #tlsAnswer(bytes: Buffer): readonly HandshakeCommand[] {
    const answer = String.fromCharCode(bytes[0] ?? 0);
    if (answer === 'E') {
      // A server from before TLS, or one that is full. Its words are not read: nobody vouches for them.
      return this.#fail('UPSTREAM_TLS', 'the server answers the request for TLS with an error', {
        mayRetry: true,
      });
    }
    // SECURITY(P-16): bytes behind the answer were sent in clear and must not be read as if they came
    // through TLS (CVE-2021-23222).
    if (bytes.length !== 1) return this.#protocolError('it sends data before TLS');
    if (answer === 'S') {
      this.#phase = 'in tls';
      return [{ kind: 'start-tls' }];
    }
    if (answer !== 'N') return this.#protocolError('its answer to the request for TLS is unknown');
    if (this.#encryption === 'tls-if-offered')
      return this.#start({ verified: null, binding: null });
    return this.#fail('UPSTREAM_TLS', 'the server does not offer TLS, which `sslmode` requires');
  }

  #tlsReady(event: Extract<HandshakeEvent, { kind: 'tls-ready' }>): readonly HandshakeCommand[] {
    if (this.#phase !== 'in tls') return this.#protocolError('TLS came out of turn');
    const direct = this.#encryption === 'direct-tls';
    if (event.alpn === null ? direct : event.alpn !== 'postgresql') {
      return this.#fail(
        'UPSTREAM_TLS',
        'the server does not confirm that it speaks PostgreSQL over TLS',
      );
    }
    this.#encrypted = true;
    this.#received = 0;
    return this.#start({ verified: event.verified, binding: event.binding });
  }

  #start(channel: Omit<ChannelFacts, 'local'>): readonly HandshakeCommand[] {
    const parameters = startupParameters(this.#target, this.#startup);
    const bytes = startupMessage(this.#protocol, parameters);
    if (bytes.length > MAX_STARTUP_BYTES) {
      return this.#fail('UPSTREAM_PROTOCOL', 'the startup parameters are too long');
    }
    if (parameters.some((pair) => pair.some((text) => text.includes('\0')))) {
      return this.#fail('UPSTREAM_PROTOCOL', 'a startup parameter contains a zero byte');
    }
    const local = this.#target.endpoint.kind === 'unix';
    this.#authentication = new UpstreamAuthentication(this.#target, { ...channel, local });
    this.#phase = 'authenticating';
    return [{ kind: 'send', bytes }];
  }

  #messages(): readonly HandshakeCommand[] {
    const commands: HandshakeCommand[] = [];
    while (this.#phase === 'authenticating' || this.#phase === 'starting') {
      const frame = this.#framer.next((type) => this.#maxBody(type));
      if (frame.kind === 'more') break;
      commands.push(
        ...(frame.kind === 'problem'
          ? this.#protocolError(`it sends ${frame.problem}`)
          : this.#message(frame.message)),
      );
    }
    return commands;
  }

  /** INVARIANT: a type that is not listed for the phase ends the attempt. */
  #maxBody(type: string): number {
    const sizes: Readonly<Record<string, number>> =
      this.#phase === 'authenticating'
        ? { R: MAX_AUTHENTICATION_BYTES, v: MAX_AUTHENTICATION_BYTES }
        : { S: MAX_PARAMETER_BYTES, K: 4 + MAX_CANCEL_KEY_BYTES, Z: 1 };
    if (type === 'E' || type === 'N') return MAX_ERROR_BYTES;
    return sizes[type] ?? -1;
  }

  #message({ type, body }: BackendMessage): readonly HandshakeCommand[] {
    switch (type) {
      case 'R':
        return this.#afterStep(this.#authentication?.request(body));
      case 'v':
        return this.#negotiate(body);
      case 'S':
        return this.#parameter(body);
      case 'K':
        return this.#key(body);
      case 'Z':
        return this.#ready();
      case 'N':
        return [];
      default:
        return this.#serverError(body);
    }
  }

  #afterStep(step: AuthStep | undefined): readonly HandshakeCommand[] {
    switch (step?.kind) {
      case undefined:
        return this.#protocolError('authentication came out of turn');
      case 'send':
      case 'stretch':
        return [step];
      case 'wait':
        return [];
      case 'done':
        this.#phase = 'starting';
        return [];
      case 'refuse':
        return this.#fail('UPSTREAM_AUTHENTICATION', step.problem, {
          ...(step.help === undefined ? {} : { help: step.help }),
        });
    }
  }

  /** Rules of pqGetNegotiateProtocolVersion3: downwards only, hence once, not below 3.0, and only what we asked for. */
  #negotiate(body: Buffer): readonly HandshakeCommand[] {
    const version = body.length >= 8 ? body.readUInt32BE(0) : 0;
    const refusedOptions = body.length >= 8 ? body.readUInt32BE(4) : 0;
    const lowers = this.#protocol === '3.2' && version === PROTOCOL_3_0;
    if (body.length !== 8 || refusedOptions !== 0 || !lowers) {
      return this.#protocolError('its protocol negotiation makes no sense');
    }
    this.#protocol = '3.0';
    return [];
  }

  #parameter(body: Buffer): readonly HandshakeCommand[] {
    const report = decodeParameterStatus(body);
    if (report === null) return this.#protocolError('it sends a malformed parameter');
    this.#parameters.set(report.name, report.value);
    return [];
  }

  #key(body: Buffer): readonly HandshakeCommand[] {
    const longest = this.#protocol === '3.0' ? 4 : MAX_CANCEL_KEY_BYTES;
    const secret = Buffer.from(body.subarray(4));
    if (secret.length < 4 || secret.length > longest) {
      return this.#protocolError('its cancel key has a wrong length');
    }
    this.#backendKey = { pid: body.readInt32BE(0), secret };
    return [];
  }

  #ready(): readonly HandshakeCommand[] {
    for (const [name, value] of PINNED) {
      // SECURITY(P-15): a server that does not confirm these may read a statement otherwise than we do.
      if (this.#parameters.get(name) !== value) {
        return this.#protocolError(`it does not confirm ${name}=${value}`);
      }
    }
    const serverVersion = toVersionNumber(this.#parameters.get('server_version'));
    if (serverVersion === null) return this.#protocolError('it does not tell its version');
    this.#phase = 'over';
    const session: UpstreamSession = {
      parameters: this.#parameters,
      backendKey: this.#backendKey,
      protocol: this.#protocol,
      serverVersion,
    };
    return [{ kind: 'ready', session, rest: this.#framer.takeRest() }];
  }

  #serverError(body: Buffer): readonly HandshakeCommand[] {
    const sqlState = readSqlState(body);
    const { code, message, help } = explainSqlState(sqlState);
    const shown = sqlState === null ? message : `${message} (SQLSTATE ${sqlState})`;
    return this.#fail(code, shown, {
      // libpq tries the other kind of encryption on any error before it is let in: pg_hba.conf may differ.
      mayRetry: this.#phase === 'authenticating',
      ...(sqlState === null ? {} : { sqlState }),
      ...(help === undefined ? {} : { help }),
    });
  }

  #closed(): readonly HandshakeCommand[] {
    return this.#fail(
      'UPSTREAM_UNREACHABLE',
      'the server closed the connection during the handshake',
      {
        mayRetry: this.#phase === 'asked for tls',
      },
    );
  }

  #protocolError(what: string): readonly HandshakeCommand[] {
    return this.#fail('UPSTREAM_PROTOCOL', `the server does not keep to the protocol: ${what}`);
  }

  #fail(
    code: ErrorCode,
    message: string,
    details: { mayRetry?: boolean; sqlState?: string; help?: string } = {},
  ): readonly HandshakeCommand[] {
    this.#phase = 'over';
    const { mayRetry = false, ...rest } = details;
    // A plain attempt after a plain one would be the same again.
    const other =
      this.#encryption === 'tls-if-offered' ? this.#encrypted || code === 'UPSTREAM_TLS' : true;
    const error = new UpstreamError(code, message, { audience: 'user', ...rest });
    return [{ kind: 'fail', error, mayRetry: mayRetry && other }];
  }
}
