/**
 * The key that signs checkpoints: made once, kept in the vault as a secret, used by nothing else.
 * The text form is the one of golang.org/x/mod/sumdb/note, so that its tools can check ours.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { isKeyName, toKeyId, toKeyIdText, toVerifierKey } from '@agentguard/rules';
import type { NoteSigner } from '@agentguard/rules';
import { AuditError } from '../errors.ts';
import { SecretValue } from '../secrets/secret-value.ts';

/** The bytes before the seed in a PKCS #8 key (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** RFC 8032 section 5.1.5. */
const SEED_BYTES = 32;

/** Signature type of plain Ed25519 (C2SP signed-note). */
const ED25519_TYPE = 0x01;

/** A new key. */
export interface GeneratedSigningKey {
  /** Goes into the vault. */
  readonly secret: SecretValue;
  /** Public; whoever verifies needs it, best from another place than the record. */
  readonly vkey: string;
}

/**
 * Makes a key.
 * @param name names the log for ever, as in `agentguard/3f9c2a`: no spaces, no plus
 * @throws AuditError `AUDIT_UNREADABLE` when the name cannot stand in a note
 */
export function generateSigningKey(name: string): GeneratedSigningKey {
  if (!isKeyName(name)) throw unusable();
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-SEED_BYTES);
  const publicKey = toPublicKey(seed);
  const encoded = Buffer.concat([Buffer.of(ED25519_TYPE), seed]).toString('base64');
  const id = toKeyIdText(toKeyId(name, publicKey));
  return {
    secret: new SecretValue(`PRIVATE+KEY+${name}+${id}+${encoded}`),
    vkey: toVerifierKey(name, publicKey),
  };
}

/**
 * Reads a key back.
 * @throws AuditError `AUDIT_UNREADABLE` when the secret is not exactly such a key
 */
export function loadSigner(secret: SecretValue): NoteSigner {
  // SECURITY(P-03): revealed to this process's crypto library only; no part of it enters an error.
  const match = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(
    secret.unsafeReveal(),
  );
  const [, name, id, encoded] = match ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) throw unusable();
  const bytes = Buffer.from(encoded, 'base64');
  const canonical = bytes.toString('base64') === encoded;
  if (!canonical || bytes[0] !== ED25519_TYPE || bytes.length !== SEED_BYTES + 1) throw unusable();
  const seed = bytes.subarray(1);
  const publicKey = toPublicKey(seed);
  if (toKeyIdText(toKeyId(name, publicKey)) !== id) throw unusable();
  const key = toPrivateKey(seed);
  return { name, publicKey, sign: (message) => sign(null, message, key) };
}

function toPrivateKey(seed: Uint8Array): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
}

function toPublicKey(seed: Uint8Array): Buffer {
  const spki = createPublicKey(toPrivateKey(seed)).export({ format: 'der', type: 'spki' });
  return Buffer.from(spki.subarray(-SEED_BYTES));
}

function unusable(): AuditError {
  return new AuditError('AUDIT_UNREADABLE', 'the signing key of the record cannot be used', {
    audience: 'user',
    help: 'restore the vault; a record under a new key is a new record',
  });
}
