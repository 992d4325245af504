/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677): the formulas both sides share, and the server side, with which
 * an agent's token is checked. It never learns which token a client means until the proof fits one,
 * and it must never say why a proof was wrong.
 */

import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { saslprep as prepare } from '@mongodb-js/saslprep';

export const SCRAM_SHA_256 = 'SCRAM-SHA-256';
export const SCRAM_SHA_256_PLUS = 'SCRAM-SHA-256-PLUS';
export type ScramMechanism = typeof SCRAM_SHA_256 | typeof SCRAM_SHA_256_PLUS;

/** Output of SHA-256; every key and proof has this length. */
export const KEY_BYTES = 32;

/** The only channel binding that PostgreSQL knows (RFC 5929, section 4). */
export const CHANNEL_BINDING_TYPE = 'tls-server-end-point';

/**
 * What RFC 7677 asks for at least, and PostgreSQL's own default. Iterations slow down guessing of
 * weak passwords. A token has 256 random bits and cannot be guessed, so more would buy nothing and
 * cost every connection of an agent.
 */
export const TOKEN_ITERATIONS = 4096;

/** 18 bytes are 144 random bits in 24 characters, what libpq and the server use (scram-common.h). */
const NONCE_BYTES = 18;

/** A client nonce of libpq has 24 characters, JDBC's 24 to 36; beyond this it is not one of ours. */
const MAX_NONCE_CHARACTERS = 256;

/** What is kept of a token: enough to check a proof, not enough to make one. */
export interface TokenVerifier {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/**
 * The live tokens of this daemon. All share one salt and one iteration count: the server must send
 * them before it knows which token the client has, and the user name must not select it. A salt per
 * password only hinders tables of weak passwords, and no table holds a token of 256 random bits.
 */
export interface TokenVerifiers<Token> {
  readonly salt: Buffer;
  readonly iterations: number;
  /** Every token that is valid now. Expired and revoked ones are not in it. */
  live(): Iterable<readonly [Token, TokenVerifier]>;
}

/** A step that went well, or what was wrong with the peer's message (for our log only). */
export type ScramResult<Values> =
  ({ readonly ok: true } & Values) | { readonly ok: false; readonly problem: string };

/** Makes what is kept of a token. About 1.5 ms of work; done once when the token is issued. */
export function makeTokenVerifier(token: string, salt: Buffer, iterations: number): TokenVerifier {
  const salted = pbkdf2Sync(normalizePassword(token), salt, iterations, KEY_BYTES, 'sha256');
  return { storedKey: storedKeyOf(clientKeyOf(salted)), serverKey: serverKeyOf(salted) };
}

/** The server's half of one authentication. Call `first`, then `final`, each once. */
export class ScramServer<Token> {
  readonly #verifiers: TokenVerifiers<Token>;
  readonly #binding: Buffer | null;
  readonly #serverNonce: string;
  #exchange: {
    readonly header: string;
    readonly bare: string;
    readonly serverFirst: string;
  } | null = null;
  #nonce = '';

  /**
   * @param binding the tls-server-end-point value of our own certificate when SCRAM-SHA-256-PLUS was
   *   offered on this connection, otherwise null
   */
  constructor(
    verifiers: TokenVerifiers<Token>,
    options: { readonly binding?: Buffer | null; readonly nonce?: string } = {},
  ) {
    this.#verifiers = verifiers;
    this.#binding = options.binding ?? null;
    this.#serverNonce = options.nonce ?? makeNonce();
  }

  /** What to list in AuthenticationSASL, the preferred one first. */
  mechanisms(): readonly ScramMechanism[] {
    return this.#binding === null ? [SCRAM_SHA_256] : [SCRAM_SHA_256_PLUS, SCRAM_SHA_256];
  }

  /** Takes the client-first-message of SASLInitialResponse and gives the server-first-message. */
  first(mechanism: string, clientFirst: string): ScramResult<{ readonly serverFirst: string }> {
    if (this.#exchange !== null) return problem('a second client-first-message');
    const parsed = parseClientFirst(clientFirst);
    if (!parsed.ok) return parsed;
    const refusal = this.#refuseFlag(mechanism, parsed.flag);
    if (refusal !== null) return problem(refusal);
    this.#nonce = parsed.nonce + this.#serverNonce;
    const salt = this.#verifiers.salt.toString('base64');
    const serverFirst = `r=${this.#nonce},s=${salt},i=${this.#verifiers.iterations}`;
    this.#exchange = { header: parsed.header, bare: parsed.bare, serverFirst };
    return { ok: true, serverFirst };
  }

  /** Takes the client-final-message; on success gives the server-final-message and whose token it is. */
  final(clientFinal: string): ScramResult<{ readonly serverFinal: string; readonly token: Token }> {
    const exchange = this.#exchange;
    if (exchange === null) return problem('a client-final-message before the first');
    const parsed = parseClientFinal(clientFinal);
    if (!parsed.ok) return parsed;
    if (!equalText(parsed.channel, this.#expectedChannel(exchange.header))) {
      return problem('channel binding does not match');
    }
    if (!equalText(parsed.nonce, this.#nonce)) return problem('nonce does not match');
    const authMessage = `${exchange.bare},${exchange.serverFirst},${parsed.withoutProof}`;
    const found = this.#find(authMessage, parsed.proof);
    if (found === null) return problem('the proof fits no live token');
    const signature = hmac(found.verifier.serverKey, authMessage).toString('base64');
    return { ok: true, serverFinal: `v=${signature}`, token: found.token };
  }

  /**
   * SECURITY(P-01): every live token is tried, in constant time each and without an early exit, so
   * that the time taken tells the number of tokens and nothing about them.
   */
  #find(authMessage: string, proof: Buffer): { token: Token; verifier: TokenVerifier } | null {
    let found: { token: Token; verifier: TokenVerifier } | null = null;
    for (const [token, verifier] of this.#verifiers.live()) {
      const clientKey = xor(proof, hmac(verifier.storedKey, authMessage));
      const fits = timingSafeEqual(storedKeyOf(clientKey), verifier.storedKey);
      found = fits ? { token, verifier } : found;
    }
    return found;
  }

  /** RFC 5802, section 6: what a client says about channel binding must agree with what we offered. */
  #refuseFlag(mechanism: string, flag: string): string | null {
    if (mechanism === SCRAM_SHA_256_PLUS && this.#binding !== null) {
      return flag === `p=${CHANNEL_BINDING_TYPE}` ? null : 'channel binding is missing';
    }
    if (mechanism !== SCRAM_SHA_256) return 'an unknown mechanism';
    if (flag === 'n') return null;
    // `y`: the client could bind and believes that we cannot. When we offered it, somebody removed the offer.
    if (flag === 'y' && this.#binding === null) return null;
    return 'the channel binding flag does not fit the mechanism';
  }

  #expectedChannel(header: string): string {
    const data =
      header.startsWith('p=') && this.#binding !== null ? this.#binding : Buffer.alloc(0);
    return Buffer.concat([Buffer.from(header, 'utf8'), data]).toString('base64');
  }
}

interface ClientFirst {
  readonly flag: string;
  readonly header: string;
  readonly bare: string;
  readonly nonce: string;
}

/** RFC 5802, section 7: `gs2-header client-first-message-bare`. Identities and extensions are refused. */
function parseClientFirst(text: string): ScramResult<ClientFirst> {
  const match = /^(n|y|p=[A-Za-z0-9.-]+),(a=[^,]*)?,(n=[^,]*,r=([^,]*)(?:,.*)?)$/su.exec(text);
  const [, flag, identity, bare, nonce] = match ?? [];
  if (flag === undefined || bare === undefined || nonce === undefined) {
    return problem('malformed client-first-message');
  }
  if (identity !== undefined) return problem('authorization identities are not supported');
  if (!isNonce(nonce)) return problem('malformed client nonce');
  return { ok: true, flag, header: `${flag},,`, bare, nonce };
}

interface ClientFinal {
  readonly channel: string;
  readonly nonce: string;
  readonly withoutProof: string;
  readonly proof: Buffer;
}

function parseClientFinal(text: string): ScramResult<ClientFinal> {
  const match = /^(c=([^,]*),r=([^,]*)(?:,.*)?),p=([^,]*)$/su.exec(text);
  const [, withoutProof, channel, nonce, proofText] = match ?? [];
  if (withoutProof === undefined || channel === undefined || nonce === undefined) {
    return problem('malformed client-final-message');
  }
  const proof = decodeBase64(proofText ?? '');
  if (proof?.length !== KEY_BYTES) return problem('malformed proof');
  return { ok: true, channel, nonce, withoutProof, proof };
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}

/** Printable ASCII without the comma (RFC 5802, section 5.1), of a sane length. */
export function isNonce(text: string): boolean {
  return text.length <= MAX_NONCE_CHARACTERS && /^[\x21-\x2b\x2d-\x7e]+$/.test(text);
}

export function makeNonce(): string {
  return randomBytes(NONCE_BYTES).toString('base64');
}

/** Strict base64: what does not encode back to the same text is refused. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/**
 * SASLprep (RFC 4013) as PostgreSQL applies it (`pg_saslprep`): ASCII stays as it is, and a password
 * that the profile forbids, or that it would empty, is used unprepared.
 */
export function normalizePassword(password: string): string {
  if (/^[\0-\x7f]*$/.test(password)) return password;
  try {
    const prepared = prepare(password);
    return prepared === '' ? password : prepared;
  } catch {
    // Forbidden by the profile: both sides of PostgreSQL fall back to the raw bytes.
    return password;
  }
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

export function clientKeyOf(saltedPassword: Buffer): Buffer {
  return hmac(saltedPassword, 'Client Key');
}

export function serverKeyOf(saltedPassword: Buffer): Buffer {
  return hmac(saltedPassword, 'Server Key');
}

export function storedKeyOf(clientKey: Buffer): Buffer {
  return createHash('sha256').update(clientKey).digest();
}

/** Both have `KEY_BYTES` bytes. */
export function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

function equalText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8')];
  return a.length === b.length && timingSafeEqual(a, b);
}
