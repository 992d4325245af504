/**
 * Answers a real server's authentication requests with the real credential, in the ways that the
 * connection text allows and never in a weaker one. No I/O; stretching the password is handed out
 * because it takes milliseconds.
 */

import { createHash } from 'node:crypto';
import type { SecretValue } from '../../secrets/secret-value.ts';
import { type ClientBinding, ScramClient } from './scram-client.ts';
import { normalizePassword, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, TOKEN_ITERATIONS } from './scram.ts';
import {
  passwordMessage,
  readStrings,
  saslInitialResponse,
  saslResponse,
} from './upstream-messages.ts';
import type { AuthMethod, UpstreamTarget } from './upstream-target.ts';

/** Authentication request codes (PostgreSQL manual, 54.7). */
const OK = 0;
const CLEARTEXT = 3;
const MD5 = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;
const OTHER_METHODS: ReadonlyMap<number, string> = new Map([
  [2, 'Kerberos'],
  [6, 'SCM'],
  [7, 'GSSAPI'],
  [8, 'GSSAPI'],
  [9, 'SSPI'],
]);

/** What is known about the channel that the requests come through. */
export interface ChannelFacts {
  /** How far the server's certificate was checked; null on a channel without TLS. */
  readonly verified: 'none' | 'ca' | 'full' | null;
  /** A Unix socket: nobody sits in the middle of it. */
  readonly local: boolean;
  /** The tls-server-end-point value, or why there is none; null without TLS. */
  readonly binding:
    | { readonly ok: true; readonly data: Buffer }
    | { readonly ok: false; readonly problem: string }
    | null;
}

/** What to do after a request. */
export type AuthStep =
  | { readonly kind: 'send'; readonly bytes: Buffer }
  | {
      readonly kind: 'stretch';
      readonly password: SecretValue;
      readonly salt: Buffer;
      readonly iterations: number;
    }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' }
  | { readonly kind: 'refuse'; readonly problem: string; readonly help?: string };

type Phase = 'start' | 'answered' | 'sasl first' | 'sasl stretching' | 'sasl final' | 'sasl proved';

/** One authentication. Feed it the bodies of Authentication messages. */
export class UpstreamAuthentication {
  readonly #target: UpstreamTarget;
  readonly #channel: ChannelFacts;
  #phase: Phase = 'start';
  #scram: ScramClient | null = null;
  #bound = false;

  constructor(target: UpstreamTarget, channel: ChannelFacts) {
    this.#target = target;
    this.#channel = channel;
  }

  /** @param body of an Authentication message: four bytes of code, then what belongs to it */
  request(body: Buffer): AuthStep {
    if (body.length < 4) return refuse('an authentication request is cut short');
    const code = body.readUInt32BE(0);
    const data = body.subarray(4);
    switch (code) {
      case OK:
        return this.#ok(data);
      case CLEARTEXT:
        return this.#cleartext(data);
      case MD5:
        return this.#md5(data);
      case SASL:
        return this.#saslStart(data);
      case SASL_CONTINUE:
        return this.#saslContinue(data);
      case SASL_FINAL:
        return this.#saslFinal(data);
      default:
        return refuse(
          `the server asks for ${OTHER_METHODS.get(code) ?? 'an unknown kind of'} authentication, which is not supported`,
        );
    }
  }

  /** Takes the result of a `stretch` step. */
  stretched(saltedPassword: Buffer): AuthStep {
    if (this.#scram === null || this.#phase !== 'sasl stretching') {
      return refuse('a stretched password nobody waits for');
    }
    this.#phase = 'sasl final';
    return send(saslResponse(this.#scram.clientFinal(saltedPassword)));
  }

  /**
   * SECURITY(P-16): AuthenticationOk ends an exchange only where one was finished: a server that skips
   * its SCRAM proof has not shown that it is the server.
   */
  #ok(data: Buffer): AuthStep {
    if (data.length > 0) return refuse('an authentication request has a wrong length');
    if (this.#phase !== 'start' && this.#phase !== 'answered' && this.#phase !== 'sasl proved') {
      return refuse('the server accepts before it has proved that it knows the password');
    }
    if (this.#phase === 'start') {
      const refusal = this.#refuseMethod('none');
      if (refusal !== null) return refusal;
    }
    if (this.#target.channelBinding === 'require' && !this.#bound) {
      return refuse(
        'the server accepts without the channel binding that `channel_binding` requires',
      );
    }
    return { kind: 'done' };
  }

  #cleartext(data: Buffer): AuthStep {
    if (data.length > 0 || this.#phase !== 'start') return refuse('a password request out of turn');
    const refusal = this.#refuseMethod('password') ?? this.#refuseWithoutBinding();
    if (refusal !== null) return refusal;
    // SECURITY(P-16): a clear password goes only to a server whose certificate was verified.
    if (this.#channel.verified !== 'ca' && this.#channel.verified !== 'full') {
      return refuse(
        'the server asks for the password in clear text, and its certificate is not verified',
        'use sslmode=verify-full, or let the server ask for scram-sha-256',
      );
    }
    return this.#withPassword((password) => {
      this.#phase = 'answered';
      return send(passwordMessage(password.unsafeReveal()));
    });
  }

  #md5(salt: Buffer): AuthStep {
    if (salt.length !== 4 || this.#phase !== 'start') return refuse('an md5 request out of turn');
    const refusal = this.#refuseMethod('md5') ?? this.#refuseWithoutBinding();
    if (refusal !== null) return refusal;
    return this.#withPassword((password) => {
      this.#phase = 'answered';
      const inner = md5(`${password.unsafeReveal()}${this.#target.user}`);
      return send(passwordMessage(`md5${md5(inner, salt)}`));
    });
  }

  #saslStart(data: Buffer): AuthStep {
    if (this.#phase !== 'start') return refuse('a SASL request out of turn');
    const refusal = this.#refuseMethod('scram-sha-256');
    if (refusal !== null) return refusal;
    const mechanisms = readStrings(data);
    // The list itself ends with an empty string.
    if (mechanisms?.at(-1) !== '') return refuse('a malformed list of SASL mechanisms');
    const binding = this.#chooseBinding(mechanisms);
    if ('kind' in binding && binding.kind === 'refuse') return binding;
    return this.#withPassword(() => {
      this.#bound = binding.kind === 'bound';
      this.#scram = new ScramClient(binding, { minIterations: this.#minIterations() });
      this.#phase = 'sasl first';
      return send(saslInitialResponse(this.#scram.mechanism, this.#scram.first()));
    });
  }

  /** As libpq: -PLUS when it is offered over TLS and not disabled, else plain SCRAM unless binding is required. */
  #chooseBinding(
    mechanisms: readonly string[],
  ): ClientBinding | Extract<AuthStep, { kind: 'refuse' }> {
    const mode = this.#target.channelBinding;
    const { binding } = this.#channel;
    if (mechanisms.includes(SCRAM_SHA_256_PLUS)) {
      if (binding === null) return refuse('the server offers channel binding without TLS');
      if (mode !== 'disable') {
        if (binding.ok) return { kind: 'bound', data: binding.data };
        return refuse(
          binding.problem,
          'use channel_binding=disable, or another server certificate',
        );
      }
    }
    if (!mechanisms.includes(SCRAM_SHA_256)) {
      return refuse('the server offers no SASL mechanism that is supported');
    }
    if (mode === 'require') {
      return refuse(
        'the server does not offer the channel binding that `channel_binding` requires',
      );
    }
    return mode === 'prefer' && binding !== null ? { kind: 'not-offered' } : { kind: 'none' };
  }

  #saslContinue(data: Buffer): AuthStep {
    const { password } = this.#target;
    if (this.#scram === null || password === null || this.#phase !== 'sasl first') {
      return refuse('a SASL challenge out of turn');
    }
    const asked = this.#scram.serverFirst(data.toString('utf8'));
    if (!asked.ok) return refuse(`the server's SCRAM challenge is refused: ${asked.problem}`);
    this.#phase = 'sasl stretching';
    return { kind: 'stretch', password, salt: asked.salt, iterations: asked.iterations };
  }

  #saslFinal(data: Buffer): AuthStep {
    if (this.#scram === null || this.#phase !== 'sasl final') {
      return refuse('a SASL result out of turn');
    }
    const proved = this.#scram.serverFinal(data.toString('utf8'));
    if (!proved.ok) return refuse(proved.problem);
    this.#phase = 'sasl proved';
    return { kind: 'wait' };
  }

  #withPassword(answer: (password: SecretValue) => AuthStep): AuthStep {
    const { password } = this.#target;
    return password === null
      ? refuse('the server asks for a password, and none is stored')
      : answer(password);
  }

  #refuseMethod(method: AuthMethod): Extract<AuthStep, { kind: 'refuse' }> | null {
    const allowed = this.#target.allowedMethods;
    if (allowed === null || allowed.has(method)) return null;
    return refuse(
      method === 'none'
        ? 'the server lets anybody in, which `require_auth` does not allow'
        : `the server asks for ${method} authentication, which \`require_auth\` does not allow`,
    );
  }

  #refuseWithoutBinding(): Extract<AuthStep, { kind: 'refuse' }> | null {
    if (this.#target.channelBinding !== 'require') return null;
    return refuse(
      'the server asks for a method without the channel binding that `channel_binding` requires',
    );
  }

  /** Where the server is not known yet, a low count would make an overheard proof cheap to guess from. */
  #minIterations(): number {
    const { verified, local } = this.#channel;
    return local || verified === 'ca' || verified === 'full' ? 1 : TOKEN_ITERATIONS;
  }
}

/** The form of the password that PBKDF2 takes. */
export function passwordToStretch(password: SecretValue): string {
  return normalizePassword(password.unsafeReveal());
}

function refuse(problem: string, help?: string): Extract<AuthStep, { kind: 'refuse' }> {
  return help === undefined ? { kind: 'refuse', problem } : { kind: 'refuse', problem, help };
}

function send(bytes: Buffer): AuthStep {
  return { kind: 'send', bytes };
}

/** PostgreSQL's own scheme; nothing here relies on MD5 for more than answering it. */
function md5(text: string, salt?: Buffer): string {
  const hash = createHash('md5').update(text, 'utf8');
  if (salt !== undefined) hash.update(salt);
  return hash.digest('hex');
}
