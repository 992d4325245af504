/**
 * What the tests of the upstream handshake are written with: a handshake, the transport's part played by
 * hand, and a server's messages. Only tests import it.
 */

import { pbkdf2Sync } from 'node:crypto';
import {
  encodeAuthentication,
  encodeBackendKeyData,
  encodeParameterStatus,
  encodeReadyForQuery,
  encodeSaslMechanisms,
} from './encode.ts';
import { makeTokenVerifier, ScramServer, type TokenVerifiers } from './scram.ts';
import { passwordToStretch } from './upstream-authentication.ts';
import {
  type Encryption,
  type HandshakeCommand,
  type HandshakeEvent,
  UpstreamHandshake,
} from './upstream-handshake.ts';
import { parseUpstreamTarget, type UpstreamTarget } from './upstream-target.ts';

export const CANARY = 'canary-0b51f7';
export const SALT = Buffer.from('0123456789abcdef');

export function target(parameters = ''): UpstreamTarget {
  const parsed = parseUpstreamTarget(`host=h user=u dbname=d password=${CANARY} ${parameters}`);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.target;
}

/** A handshake together with what a transport would do for it. */
export class Play {
  readonly commands: HandshakeCommand[] = [];
  readonly #handshake: UpstreamHandshake;

  constructor(
    parameters = '',
    encryption: Encryption = 'plain',
    settings = new Map<string, string>(),
  ) {
    this.#handshake = new UpstreamHandshake(target(parameters), encryption, {
      parameters: settings,
    });
    this.event({ kind: 'connected' });
  }

  event(event: HandshakeEvent): this {
    for (const command of this.#handshake.handle(event)) {
      this.commands.push(command);
      if (command.kind === 'stretch') {
        const { password, salt, iterations } = command;
        // What must have been refused is not computed: it would take hours.
        if (iterations > 10_000) throw new Error('asked to stretch absurdly');
        const text = passwordToStretch(password);
        const saltedPassword = pbkdf2Sync(text, salt, iterations, 32, 'sha256');
        this.event({ kind: 'stretched', saltedPassword });
      }
    }
    return this;
  }

  bytes(...parts: readonly (Buffer | string)[]): this {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')));
    return this.event({ kind: 'bytes', bytes });
  }

  tls(facts: Partial<Extract<HandshakeEvent, { kind: 'tls-ready' }>> = {}): this {
    const binding = { ok: true as const, data: Buffer.from('binding') };
    return this.event({ kind: 'tls-ready', verified: 'none', binding, alpn: null, ...facts });
  }

  /** The bytes of the last `send`, without the five bytes of header. */
  get sent(): Buffer {
    const sends = this.commands.filter((command) => command.kind === 'send');
    return sends.at(-1)?.bytes ?? Buffer.alloc(0);
  }

  /** How it ended. */
  get end(): string {
    const last = this.commands.at(-1);
    if (last?.kind === 'ready') return 'ready';
    if (last?.kind !== 'fail') return 'waiting';
    return `${last.error.code}${last.mayRetry ? ' (retry)' : ''}: ${last.error.message}`;
  }
}

export const OK = encodeAuthentication(0);
export const READY = Buffer.concat([
  encodeParameterStatus('server_version', '18.4 (Debian)'),
  encodeParameterStatus('client_encoding', 'UTF8'),
  encodeParameterStatus('standard_conforming_strings', 'on'),
  encodeBackendKeyData(7, Buffer.from('abcd')),
  encodeReadyForQuery('idle'),
]);
export const SCRAM = encodeSaslMechanisms(['SCRAM-SHA-256']);
export const BOTH = encodeSaslMechanisms(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']);

export function scramServer(password = CANARY, binding: Buffer | null = null): ScramServer<string> {
  const verifier = makeTokenVerifier(password, SALT, 4096);
  const verifiers: TokenVerifiers<string> = {
    salt: SALT,
    iterations: 4096,
    live: () => [['it', verifier]],
  };
  return new ScramServer(verifiers, { binding });
}

/** Mechanism and data of a SASLInitialResponse. */
export function initial(sent: Buffer): { mechanism: string; data: string } {
  const end = sent.indexOf(0, 5);
  return { mechanism: sent.toString('utf8', 5, end), data: sent.toString('utf8', end + 5) };
}

/** Carries a SCRAM exchange to the end; `bend` may change what the server says last. */
export function exchange(
  play: Play,
  server: ScramServer<string>,
  bend = (text: string) => text,
): Play {
  const { mechanism, data } = initial(play.sent);
  const first = server.first(mechanism, data);
  if (!first.ok) throw new Error(first.problem);
  play.bytes(encodeAuthentication(11, Buffer.from(first.serverFirst)));
  const final = server.final(play.sent.toString('utf8', 5));
  const text = final.ok ? final.serverFinal : 'v=';
  return play.bytes(encodeAuthentication(12, Buffer.from(bend(text))));
}
