/**
 * The text of a scoped token: `agt_` and a JSON Web Signature in its compact form (RFC 7515) with Ed25519 (RFC 8037),
 * over the claims of RFC 7519 and a few of our own. Any JOSE library can verify one with the public key.
 * INVARIANT: one header, byte for byte. What says another algorithm, or anything else, is no token of ours.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { TokenClaims } from '@agentguard/rules';
import * as z from 'zod';
import { SessionError } from '../errors.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import { TOKEN_PREFIX } from './session-token.ts';

/** Who issues, in every token. */
const ISSUER = 'agentguard';

const HEADER = toBase64Url(JSON.stringify({ alg: 'EdDSA', typ: 'agt+jwt' }));

/** Older clients of PostgreSQL cut a password at 1023 bytes. */
const MAX_TOKEN_CHARACTERS = 1000;

const text = z.string().max(200);

/** The payload. Names that RFC 7519 registers where it has one; times in seconds, as it wants. */
const payloadSchema = z.strictObject({
  iss: z.literal(ISSUER),
  jti: z.string().max(64),
  sub: text,
  iat: z.number().int().nonnegative(),
  exp: z.number().int().nonnegative(),
  role: text.nullable(),
  val: z.record(z.string().max(63), text),
  res: z.array(text).nullable(),
  obo: text.nullable(),
  agent: text.nullable(),
  label: text.nullable(),
});

/** What a token opens is signed with this; the private half never leaves the daemon. */
export class TokenKey {
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  /** @throws SessionError when the secret is not such a key */
  constructor(secret: SecretValue) {
    try {
      // SECURITY(P-03): revealed to this process's crypto library only; no part of it enters an error.
      this.#private = createPrivateKey({
        key: Buffer.from(secret.unsafeReveal(), 'base64'),
        format: 'der',
        type: 'pkcs8',
      });
    } catch {
      throw new SessionError('SECRET_NOT_FOUND', 'the key for tokens in the vault is no key', {
        audience: 'user',
        help: 'remove it from the vault; every scoped token is then void and a new key is made',
      });
    }
    this.#public = createPublicKey(this.#private);
  }

  /** A new key, as it goes into the vault. */
  static generate(): SecretValue {
    const { privateKey } = generateKeyPairSync('ed25519');
    return new SecretValue(privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'));
  }

  /** The public half as a JSON Web Key, for whoever verifies elsewhere. */
  get publicJwk(): { readonly kty: string; readonly crv: string; readonly x: string } {
    const { kty = '', crv = '', x = '' } = this.#public.export({ format: 'jwk' });
    return { kty, crv, x };
  }

  /** Signs bytes of our own making. */
  sign(bytes: string): string {
    return sign(null, Buffer.from(bytes, 'utf8'), this.#private).toString('base64url');
  }

  /** Whether we signed these bytes. */
  verify(bytes: string, signature: string): boolean {
    return verify(
      null,
      Buffer.from(bytes, 'utf8'),
      this.#public,
      Buffer.from(signature, 'base64url'),
    );
  }
}

/**
 * Writes a token.
 * @throws SessionError when its words make it longer than a password can be
 */
export function signToken(claims: TokenClaims, key: TokenKey): string {
  const payload: z.infer<typeof payloadSchema> = {
    iss: ISSUER,
    jti: claims.id,
    sub: claims.person,
    iat: Math.floor(claims.issuedAt / 1000),
    exp: Math.floor(claims.expiresAt / 1000),
    role: claims.role,
    val: { ...claims.values },
    res: claims.resources === null ? null : [...claims.resources],
    obo: claims.onBehalfOf,
    agent: claims.agent,
    label: claims.label,
  };
  const signed = `${HEADER}.${toBase64Url(JSON.stringify(payload))}`;
  const token = `${TOKEN_PREFIX}${signed}.${key.sign(signed)}`;
  if (token.length <= MAX_TOKEN_CHARACTERS) return token;
  throw new SessionError('CONTROL_REFUSED', 'the token would be longer than a password can be', {
    audience: 'user',
    help: 'give it fewer resources, or shorter words',
  });
}

/** The claims of a token that this key signed; null for every other text. Says nothing of its expiry. */
export function readToken(token: string, key: TokenKey): TokenClaims | null {
  if (token.length > MAX_TOKEN_CHARACTERS || !token.startsWith(TOKEN_PREFIX)) return null;
  const [header, payload, signature, more] = token.slice(TOKEN_PREFIX.length).split('.');
  if (header !== HEADER || payload === undefined || signature === undefined) return null;
  // One text for one signature: what decodes to the same bytes and is spelled otherwise is refused.
  const canonical = Buffer.from(signature, 'base64url').toString('base64url') === signature;
  if (more !== undefined || !canonical || !key.verify(`${header}.${payload}`, signature)) {
    return null;
  }
  return toClaims(payload);
}

function toClaims(payload: string): TokenClaims | null {
  const parsed = payloadSchema.safeParse(
    JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
  );
  if (!parsed.success) return null;
  const { jti, sub, iat, exp, role, val, res, obo, agent, label } = parsed.data;
  return {
    id: jti,
    role,
    values: val,
    resources: res,
    person: sub,
    onBehalfOf: obo,
    agent,
    label,
    issuedAt: iat * 1000,
    expiresAt: exp * 1000,
  };
}

function toBase64Url(json: string): string {
  return Buffer.from(json, 'utf8').toString('base64url');
}
