/**
 * The format of the vault file, and how one secret is sealed in it: AES-256-GCM, each entry bound to its name.
 * What stands beside the sealed bytes is for lists only and never decides anything.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { SecretKind } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

/** Key, nonce and tag sizes of AES-256-GCM (NIST SP 800-38D). */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const sealedSchema = z.strictObject({
  nonce: z.string(),
  tag: z.string(),
  sealed: z.string(),
  kind: z.enum(['value', 'op', 'env', 'command']).optional(),
  setAt: z.string().optional(),
});

/** Parameters that turn a passphrase into the key. Bounded, for the file is read before it is trusted. */
const derivationSchema = z.strictObject({
  name: z.literal('scrypt'),
  salt: z.string(),
  /** Logarithm of the cost to base 2. */
  logN: z.number().int().min(14).max(20),
  r: z.number().int().min(8).max(16),
  p: z.number().int().min(1).max(4),
  /** A sealed constant: it tells a wrong passphrase from a changed file. */
  proof: sealedSchema,
});

export const vaultFileSchema = z.strictObject({
  version: z.literal(1),
  /** Given when the key comes from a passphrase; otherwise it is in the key file. */
  derivation: derivationSchema.optional(),
  secrets: z.record(z.string(), sealedSchema),
});

export type VaultFile = z.infer<typeof vaultFileSchema>;
export type SealedSecret = z.infer<typeof sealedSchema>;
export type Derivation = z.infer<typeof derivationSchema>;

/** What stands beside the sealed bytes. */
export interface SealedLabel {
  readonly name: string;
  readonly kind: SecretKind;
  readonly setAt: string | null;
}

/** Seals a secret under its name. */
export function seal(value: SecretValue, key: Buffer, label: SealedLabel): SealedSecret {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  // The name is authenticated too, so that entries cannot be swapped inside the file.
  cipher.setAAD(Buffer.from(label.name, 'utf8'));
  const sealed = Buffer.concat([cipher.update(value.unsafeReveal(), 'utf8'), cipher.final()]);
  return {
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    sealed: sealed.toString('base64'),
    kind: label.kind,
    ...(label.setAt === null ? {} : { setAt: label.setAt }),
  };
}

/**
 * Opens a sealed secret.
 * @throws the crypto library's error when key, name or bytes do not fit
 */
export function unseal(entry: SealedSecret, key: Buffer, name: string): SecretValue {
  const nonce = Buffer.from(entry.nonce, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(name, 'utf8'));
  decipher.setAuthTag(Buffer.from(entry.tag, 'base64'));
  const sealed = Buffer.from(entry.sealed, 'base64');
  return new SecretValue(
    Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8'),
  );
}
