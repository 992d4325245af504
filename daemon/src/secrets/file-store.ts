/**
 * A vault in a file, for machines without a keychain: AES-256-GCM under a key in an owner-only file beside it.
 * It protects against a copied state folder and a careless glance, not against a program that runs as the person.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { SecretError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import type { SecretStore } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

/** Key and nonce sizes of AES-256-GCM (NIST SP 800-38D). */
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** A vault holds a few hundred short strings; more than this is not ours. */
const MAX_VAULT_BYTES = 8 * 1024 * 1024;

const vaultSchema = z.strictObject({
  version: z.literal(1),
  secrets: z.record(
    z.string(),
    z.strictObject({ nonce: z.string(), tag: z.string(), sealed: z.string() }),
  ),
});

type Vault = z.infer<typeof vaultSchema>;

/** The file back end. */
export class FileSecretStore implements SecretStore {
  readonly #vaultPath: string;
  readonly #keyPath: string;

  /** Both files are made on the first `set`; their folders must exist and be owner-only. */
  constructor(paths: { readonly vault: string; readonly key: string }) {
    this.#vaultPath = paths.vault;
    this.#keyPath = paths.key;
  }

  get(name: string): SecretValue | null {
    const vault = this.#read();
    const entry = Object.hasOwn(vault.secrets, name) ? vault.secrets[name] : undefined;
    if (entry === undefined) return null;
    const decipher = createDecipheriv(
      'aes-256-gcm',
      this.#key(),
      Buffer.from(entry.nonce, 'base64'),
      { authTagLength: 16 },
    );
    // The name is authenticated too, so that entries cannot be swapped inside the file.
    decipher.setAAD(Buffer.from(name, 'utf8'));
    decipher.setAuthTag(Buffer.from(entry.tag, 'base64'));
    try {
      const sealed = Buffer.from(entry.sealed, 'base64');
      return new SecretValue(
        Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8'),
      );
    } catch (error) {
      throw failed(`the secret \`${name}\` cannot be opened: wrong key or changed file`, error);
    }
  }

  set(name: string, value: SecretValue): void {
    const vault = this.#read();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#makeKey(), nonce, { authTagLength: 16 });
    cipher.setAAD(Buffer.from(name, 'utf8'));
    const sealed = Buffer.concat([cipher.update(value.unsafeReveal(), 'utf8'), cipher.final()]);
    const entry = {
      nonce: nonce.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      sealed: sealed.toString('base64'),
    };
    this.#write({ ...vault, secrets: { ...vault.secrets, [name]: entry } });
  }

  remove(name: string): boolean {
    const vault = this.#read();
    if (!Object.hasOwn(vault.secrets, name)) return false;
    const kept = Object.entries(vault.secrets).filter(([other]) => other !== name);
    this.#write({ ...vault, secrets: Object.fromEntries(kept) });
    return true;
  }

  list(): readonly string[] {
    return Object.keys(this.#read().secrets).sort();
  }

  #read(): Vault {
    if (!existsSync(this.#vaultPath)) return { version: 1, secrets: {} };
    try {
      if (statSync(this.#vaultPath).size > MAX_VAULT_BYTES) throw new RangeError('too large');
      return vaultSchema.parse(JSON.parse(readFileSync(this.#vaultPath, 'utf8')));
    } catch (error) {
      throw failed('the vault file cannot be read', error);
    }
  }

  #write(vault: Vault): void {
    try {
      writeFileAtomic(this.#vaultPath, `${JSON.stringify(vault, null, 1)}\n`);
    } catch (error) {
      throw failed('the vault file cannot be written', error);
    }
  }

  #key(): Buffer {
    try {
      const key = Buffer.from(readFileSync(this.#keyPath, 'utf8').trim(), 'base64');
      if (key.length !== KEY_BYTES) throw new RangeError('wrong length');
      return key;
    } catch (error) {
      throw failed('the key of the vault file cannot be read', error);
    }
  }

  #makeKey(): Buffer {
    if (existsSync(this.#keyPath)) return this.#key();
    // A vault without its key is lost; a fresh key would hide that until somebody needs a secret.
    if (existsSync(this.#vaultPath) && this.list().length > 0) return this.#key();
    const key = randomBytes(KEY_BYTES);
    try {
      writeFileAtomic(this.#keyPath, `${key.toString('base64')}\n`);
    } catch (error) {
      throw failed('the key of the vault file cannot be written', error);
    }
    return key;
  }
}

/** The cause is kept for the log only by its kind: zod and JSON errors quote what they read. */
function failed(message: string, cause: unknown): SecretError {
  const kind = cause instanceof Error ? cause.name : typeof cause;
  return new SecretError('SECRET_STORE_FAILED', `${message} (${kind})`, {
    audience: 'user',
    help: 'restore the file from a backup, or remove it and set the secrets again',
  });
}
