/**
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, client side (RFC 5802, RFC 7677, RFC 5929): proves the real
 * password to the upstream, and makes the upstream prove that it knows it too.
 * It never accepts an answer it has not checked, and never puts the password anywhere but into the hash.
 */

import { timingSafeEqual } from 'node:crypto';
import {
  CHANNEL_BINDING_TYPE,
  clientKeyOf,
  decodeBase64,
  hmac,
  isNonce,
  KEY_BYTES,
  makeNonce,
  SCRAM_SHA_256,
  SCRAM_SHA_256_PLUS,
  type ScramMechanism,
  type ScramResult,
  serverKeyOf,
  storedKeyOf,
  xor,
} from './scram.ts';

/**
 * Ten times what PostgreSQL administrators are told to use; about 0.4 s of one core. A server that
 * asks for more is broken or wants to keep us busy.
 */
export const MAX_ITERATIONS = 1_000_000;

/** PostgreSQL's salt has 16 bytes; other servers use up to 64. */
const MAX_SALT_BYTES = 1024;

/**
 * What the client says about channel binding:
 * `none` it cannot or must not bind (`n`), `not-offered` it could, and the server did not offer it
 * (`y`, so that a removed offer is noticed), `bound` the tls-server-end-point value (`p`).
 */
export type ClientBinding =
  | { readonly kind: 'none' }
  | { readonly kind: 'not-offered' }
  | { readonly kind: 'bound'; readonly data: Buffer };

/** What the server wants the password to be stretched with. */
export interface StretchRequest {
  readonly salt: Buffer;
  readonly iterations: number;
}

/** The client's half of one authentication: `first`, `serverFirst`, `clientFinal`, `serverFinal`, in this order. */
export class ScramClient {
  readonly #binding: ClientBinding;
  readonly #nonce: string;
  readonly #bare: string;
  readonly #minIterations: number;
  #serverFirst = '';
  #fullNonce = '';
  #expectedSignature: Buffer | null = null;

  /**
   * @param options.minIterations fewer than this are refused: on a channel that anybody may sit in
   *   the middle of, a low count would make an overheard proof cheap to guess from
   * @param options.user empty by default: PostgreSQL takes the name from the startup message
   */
  constructor(
    binding: ClientBinding,
    options: {
      readonly minIterations: number;
      readonly nonce?: string;
      readonly user?: string;
    },
  ) {
    this.#binding = binding;
    this.#nonce = options.nonce ?? makeNonce();
    this.#bare = `n=${options.user ?? ''},r=${this.#nonce}`;
    this.#minIterations = options.minIterations;
  }

  get mechanism(): ScramMechanism {
    return this.#binding.kind === 'bound' ? SCRAM_SHA_256_PLUS : SCRAM_SHA_256;
  }

  /** The client-first-message. */
  first(): string {
    return this.#header() + this.#bare;
  }

  /** Checks the server-first-message and gives what the password must be stretched with. */
  serverFirst(text: string): ScramResult<StretchRequest> {
    const match = /^r=([^,]*),s=([^,]*),i=([1-9][0-9]{0,9})$/su.exec(text);
    const [, nonce, saltText, count] = match ?? [];
    if (nonce === undefined || saltText === undefined || count === undefined) {
      return { ok: false, problem: 'malformed server-first-message' };
    }
    if (!isNonce(nonce) || !nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      return { ok: false, problem: 'the server nonce does not extend ours' };
    }
    const salt = decodeBase64(saltText);
    if (salt === null || salt.length === 0 || salt.length > MAX_SALT_BYTES) {
      return { ok: false, problem: 'malformed salt' };
    }
    const iterations = Number(count);
    if (iterations > MAX_ITERATIONS || iterations < this.#minIterations) {
      return { ok: false, problem: `iteration count ${iterations} is out of bounds` };
    }
    this.#fullNonce = nonce;
    this.#serverFirst = text;
    return { ok: true, salt, iterations };
  }

  /** The client-final-message. @param saltedPassword PBKDF2-HMAC-SHA-256 of the normalized password */
  clientFinal(saltedPassword: Buffer): string {
    const channel = Buffer.concat([
      Buffer.from(this.#header(), 'utf8'),
      this.#binding.kind === 'bound' ? this.#binding.data : Buffer.alloc(0),
    ]);
    const withoutProof = `c=${channel.toString('base64')},r=${this.#fullNonce}`;
    const authMessage = `${this.#bare},${this.#serverFirst},${withoutProof}`;
    const clientKey = clientKeyOf(saltedPassword);
    const proof = xor(clientKey, hmac(storedKeyOf(clientKey), authMessage));
    this.#expectedSignature = hmac(serverKeyOf(saltedPassword), authMessage);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /**
   * SECURITY(P-16): the server proves that it knows the password. Nothing of it is believed before.
   * `e=` messages are not passed on: their text is the server's.
   */
  serverFinal(text: string): ScramResult<object> {
    const expected = this.#expectedSignature;
    if (expected === null) return { ok: false, problem: 'a server-final-message out of turn' };
    const signature = decodeBase64(/^v=([^,]*)(?:,.*)?$/su.exec(text)?.[1] ?? '');
    if (signature?.length !== KEY_BYTES || !timingSafeEqual(signature, expected)) {
      return { ok: false, problem: 'the server did not prove that it knows the password' };
    }
    return { ok: true };
  }

  #header(): string {
    switch (this.#binding.kind) {
      case 'none':
        return 'n,,';
      case 'not-offered':
        return 'y,,';
      case 'bound':
        return `p=${CHANNEL_BINDING_TYPE},,`;
    }
  }
}
