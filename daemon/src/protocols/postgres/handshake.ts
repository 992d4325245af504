/**
 * The client's side of the beginning: encryption requests, startup packet, SCRAM. Pure: frames in, commands out.
 * It must never forward anything: the real server is met only after a token was proved, with a startup message of our own.
 */

import {
  ACCEPT_ENCRYPTION,
  AUTHENTICATION,
  DECLINE_ENCRYPTION,
  encodeAuthentication,
  encodeError,
  encodeNegotiate,
  encodeSaslMechanisms,
} from './encode.ts';
import type { ClientFrame } from './frames.ts';
import { FRAME_HEADER_BYTES, MAX_ENCRYPTION_REQUESTS } from './limits.ts';
import { BodyReader } from './messages.ts';
import { toCloseReply, toLoginReply } from './replies.ts';
import type { LoginRefusal } from './replies.ts';
import { decodeStartup, PROTOCOL_3_0, PROTOCOL_3_2 } from './startup.ts';
import type { StartupPacket } from './startup.ts';
import { toStartupRequest } from './startup-parameters.ts';

/** The server's half of one SCRAM exchange. `ScramServer` is one. */
export interface PasswordExchange<Token> {
  mechanisms(): readonly string[];
  first(
    mechanism: string,
    clientFirst: string,
  ): { readonly ok: true; readonly serverFirst: string } | { readonly ok: false };
  final(
    clientFinal: string,
  ):
    | { readonly ok: true; readonly serverFinal: string; readonly token: Token }
    | { readonly ok: false };
}

/** Who has proved a token, and what they asked for. */
export interface Login<Token> {
  readonly token: Token;
  /** Free to choose; it identifies nobody. */
  readonly user: string;
  readonly database: string;
  /** Startup parameters for the real server, from the allow list. */
  readonly settings: ReadonlyMap<string, string>;
  readonly protocol: '3.0' | '3.2';
}

/** What the connection is to do. Bytes go out in the order of the commands. */
export type HandshakeCommand<Token> =
  | { readonly kind: 'send'; readonly bytes: Buffer }
  /** Wrap the transport; every byte that is left in the framer belongs to TLS. */
  | { readonly kind: 'start tls'; readonly direct: boolean }
  /** Frames have a type byte from here on. */
  | { readonly kind: 'expect messages' }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secret: Buffer }
  | { readonly kind: 'authenticated'; readonly login: Login<Token> }
  | { readonly kind: 'close' };

export interface HandshakeOptions<Token> {
  /** Whether this listener has a certificate. */
  readonly tls: boolean;
  /** Whether a client of this database may choose its search_path. */
  readonly searchPathAllowed: (database: string) => boolean;
  readonly makeExchange: () => PasswordExchange<Token>;
}

type State = 'startup' | 'tls' | 'first answer' | 'second answer' | 'done' | 'closed';

/** One client's handshake. Call `frame` for each frame until it gives `authenticated`, `cancel` or `close`. */
export class Handshake<Token> {
  readonly #options: HandshakeOptions<Token>;
  #state: State = 'startup';
  #encryptionRequests = 0;
  #encrypted = false;
  #exchange: PasswordExchange<Token> | null = null;
  #login: Omit<Login<Token>, 'token'> | null = null;

  constructor(options: HandshakeOptions<Token>) {
    this.#options = options;
  }

  /** The transport is encrypted now. */
  tlsEstablished(): void {
    this.#encrypted = true;
    this.#state = 'startup';
  }

  /**
   * Takes one frame.
   * @param unread bytes that came behind it and are not cut yet
   */
  frame(frame: ClientFrame, unread: number): readonly HandshakeCommand<Token>[] {
    switch (this.#state) {
      case 'startup':
        return this.#startup(frame, unread);
      case 'first answer':
      case 'second answer':
        return this.#answer(frame);
      case 'tls':
      case 'done':
      case 'closed':
        return [];
    }
  }

  #startup(frame: ClientFrame, unread: number): readonly HandshakeCommand<Token>[] {
    if (frame.kind === 'tls hello') {
      if (!this.#options.tls || this.#encrypted || this.#encryptionRequests > 0) {
        return this.#close();
      }
      this.#state = 'tls';
      return [{ kind: 'start tls', direct: true }];
    }
    if (frame.kind !== 'startup') return this.#violation();
    const packet = decodeStartup(frame.raw);
    if (!packet.ok) return this.#violation();
    return this.#packet(packet.message, unread);
  }

  #packet(packet: StartupPacket, unread: number): readonly HandshakeCommand<Token>[] {
    switch (packet.kind) {
      case 'gssenc request':
        return this.#encryptionRequest(() => [{ kind: 'send', bytes: DECLINE_ENCRYPTION }]);
      case 'ssl request':
        return this.#encryptionRequest(() => this.#sslRequest(unread));
      case 'cancel request':
        this.#state = 'closed';
        return [
          { kind: 'cancel', processId: packet.processId, secret: packet.secret },
          { kind: 'close' },
        ];
      case 'startup':
        return this.#begin(packet);
    }
  }

  #encryptionRequest(
    answer: () => readonly HandshakeCommand<Token>[],
  ): readonly HandshakeCommand<Token>[] {
    this.#encryptionRequests += 1;
    if (this.#encrypted || this.#encryptionRequests > MAX_ENCRYPTION_REQUESTS) {
      return this.#violation();
    }
    return answer();
  }

  #sslRequest(unread: number): readonly HandshakeCommand<Token>[] {
    if (!this.#options.tls) return [{ kind: 'send', bytes: DECLINE_ENCRYPTION }];
    // Bytes sent before TLS was agreed would be taken for bytes under TLS (CVE-2021-23214).
    if (unread > 0) return this.#violation();
    this.#state = 'tls';
    return [
      { kind: 'send', bytes: ACCEPT_ENCRYPTION },
      { kind: 'start tls', direct: false },
    ];
  }

  #begin(packet: StartupPacket & { kind: 'startup' }): readonly HandshakeCommand<Token>[] {
    const database = packet.parameters.get('database') ?? packet.parameters.get('user') ?? '';
    const request = toStartupRequest(packet.parameters, this.#options.searchPathAllowed(database));
    if (!request.ok) {
      const { code, message, hint } = request;
      return this.#close(encodeError({ severity: 'FATAL', code, message, hint }));
    }
    const known = packet.version === PROTOCOL_3_0 || packet.version === PROTOCOL_3_2;
    // 3.1 was never used; whoever asks for something newer than 3.2 gets 3.2 (protocol 55.2.1).
    const version = packet.version >= PROTOCOL_3_2 ? PROTOCOL_3_2 : PROTOCOL_3_0;
    const commands: HandshakeCommand<Token>[] = [];
    if (!known || request.unknownOptions.length > 0) {
      const bytes = encodeNegotiate(version, request.unknownOptions);
      commands.push({ kind: 'send', bytes });
    }
    this.#exchange = this.#options.makeExchange();
    this.#login = {
      user: request.user,
      database: request.database,
      settings: request.settings,
      protocol: version === PROTOCOL_3_2 ? '3.2' : '3.0',
    };
    this.#state = 'first answer';
    commands.push({ kind: 'expect messages' });
    commands.push({ kind: 'send', bytes: encodeSaslMechanisms(this.#exchange.mechanisms()) });
    return commands;
  }

  #answer(frame: ClientFrame): readonly HandshakeCommand<Token>[] {
    if (frame.kind === 'message' && frame.type === 0x58) return this.#close();
    if (frame.kind !== 'message' || frame.type !== 0x70) return this.#violation();
    return this.#state === 'first answer' ? this.#first(frame.raw) : this.#final(frame.raw);
  }

  #first(raw: Buffer): readonly HandshakeCommand<Token>[] {
    const reader = new BodyReader(raw, FRAME_HEADER_BYTES);
    const mechanism = reader.text();
    const size = reader.uint32();
    const data = reader.bytes(size);
    if (!reader.ok || reader.left !== 0) return this.#violation();
    const step = this.#exchange?.first(mechanism, data.toString('utf8'));
    if (step?.ok !== true) return this.#violation();
    this.#state = 'second answer';
    const bytes = encodeAuthentication(AUTHENTICATION.saslContinue, Buffer.from(step.serverFirst));
    return [{ kind: 'send', bytes }];
  }

  #final(raw: Buffer): readonly HandshakeCommand<Token>[] {
    const data = raw.toString('utf8', FRAME_HEADER_BYTES);
    const step = this.#exchange?.final(data);
    if (step?.ok !== true || this.#login === null) return this.#refuse({ kind: 'token unknown' });
    this.#state = 'done';
    const bytes = encodeAuthentication(AUTHENTICATION.saslFinal, Buffer.from(step.serverFinal));
    return [
      { kind: 'send', bytes },
      { kind: 'authenticated', login: { ...this.#login, token: step.token } },
    ];
  }

  #refuse(refusal: LoginRefusal): readonly HandshakeCommand<Token>[] {
    return this.#close(toLoginReply(refusal));
  }

  #violation(): readonly HandshakeCommand<Token>[] {
    return this.#close(toCloseReply('protocol violation'));
  }

  #close(bytes?: Buffer): readonly HandshakeCommand<Token>[] {
    this.#state = 'closed';
    const last: readonly HandshakeCommand<Token>[] =
      bytes === undefined ? [] : [{ kind: 'send', bytes }];
    return [...last, { kind: 'close' }];
  }
}
