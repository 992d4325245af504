/**
 * A vault in a file, for machines without a keychain: AES-256-GCM under a key in an owner-only file beside it, or
 * under one derived from a passphrase. With a key file it protects against a copied state folder and a careless
 * glance, not against a program that runs as the person.
 */

import { randomBytes } from 'node:crypto';
import { lstatSync, rmSync } from 'node:fs';
import { PlatformError, SecretError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { readOwnerFile } from '../platform/owner-only.ts';
import { deriveKey, makeDerivedKey } from './passphrase.ts';
import type { SecretEntry, SecretStore, SecretWithEntry } from './secret-store.ts';
import type { SecretValue } from './secret-value.ts';
import { KEY_BYTES, seal, unseal, vaultFileSchema } from './vault-file.ts';
import type { SealedSecret, VaultFile } from './vault-file.ts';

/** A vault holds a few hundred short strings; more than this is not ours. */
const MAX_VAULT_BYTES = 8 * 1024 * 1024;

/** Room for a key in base64 and a line end. */
const MAX_KEY_FILE_BYTES = 256;

/** Where the vault is and what opens it. */
export interface FileStoreOptions {
  /** Path of the vault; made on the first `set`. Its folder exists and is owner-only. */
  readonly vault: string;
  /** Path of the key file, as above; not used by a vault with a passphrase. */
  readonly key: string;
  /** Given where a person or a file said it. A vault that was made without one ignores it. */
  readonly passphrase?: SecretValue | null;
}

/** The file back end. */
export class FileSecretStore implements SecretStore {
  readonly backend = 'file';
  readonly #vaultPath: string;
  readonly #keyPath: string;
  #passphrase: SecretValue | null;
  /** Deriving takes long on purpose, so it is done once per salt. */
  #derived: { readonly salt: string; readonly key: Buffer } | null = null;

  constructor(options: FileStoreOptions) {
    this.#vaultPath = options.vault;
    this.#keyPath = options.key;
    this.#passphrase = options.passphrase ?? null;
  }

  async get(name: string): Promise<SecretValue | null> {
    const vault = this.#read();
    const entry = Object.hasOwn(vault.secrets, name) ? vault.secrets[name] : undefined;
    if (entry === undefined) return null;
    return this.#unseal(entry, await this.#key(vault), name);
  }

  async set(secrets: readonly SecretWithEntry[]): Promise<void> {
    const vault = this.#read();
    const key = await this.#makeKey(vault);
    const sealed = secrets.map((secret) => [secret.name, seal(secret.value, key, secret)] as const);
    this.#write({ ...vault, secrets: { ...vault.secrets, ...Object.fromEntries(sealed) } });
  }

  async remove(name: string): Promise<boolean> {
    await Promise.resolve();
    const vault = this.#read();
    if (!Object.hasOwn(vault.secrets, name)) return false;
    const kept = Object.entries(vault.secrets).filter(([other]) => other !== name);
    this.#write({ ...vault, secrets: Object.fromEntries(kept) });
    return true;
  }

  async list(): Promise<readonly SecretEntry[]> {
    await Promise.resolve();
    return Object.entries(this.#read().secrets)
      .map(([name, entry]) => toEntry(name, entry))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async check(): Promise<void> {
    const vault = this.#read();
    if (Object.keys(vault.secrets).length > 0) await this.#key(vault);
  }

  async retire(): Promise<void> {
    if ((await this.list()).length > 0) return;
    // An empty vault file would still say that the file was chosen, and by what it is opened.
    rmSync(this.#vaultPath, { force: true });
    rmSync(this.#keyPath, { force: true });
  }

  close(): void {
    this.#derived = null;
  }

  /** Whether a passphrase opens it. */
  hasPassphrase(): boolean {
    return this.#read().derivation !== undefined;
  }

  /**
   * Seals everything again, under a new passphrase or, with null, under a key file.
   * One write changes over: before it the old key opens everything, afterwards the new one.
   */
  async changeKey(passphrase: SecretValue | null): Promise<void> {
    const old = this.#read();
    const opened = await this.#openAll(old);
    const { key, derivation } =
      passphrase === null
        ? { key: this.#makeKeyFile(), derivation: undefined }
        : await makeDerivedKey(passphrase);
    const sealed = opened.map((secret) => [secret.name, seal(secret.value, key, secret)] as const);
    this.#write({
      version: 1,
      ...(derivation === undefined ? {} : { derivation }),
      secrets: Object.fromEntries(sealed),
    });
    this.#passphrase = passphrase;
    this.#derived = derivation === undefined ? null : { salt: derivation.salt, key };
    if (passphrase !== null) rmSync(this.#keyPath, { force: true });
  }

  async #openAll(vault: VaultFile): Promise<readonly SecretWithEntry[]> {
    const entries = Object.entries(vault.secrets);
    if (entries.length === 0) return [];
    const key = await this.#key(vault);
    return entries.map(([name, entry]) => ({
      ...toEntry(name, entry),
      value: this.#unseal(entry, key, name),
    }));
  }

  #unseal(entry: SealedSecret, key: Buffer, name: string): SecretValue {
    try {
      return unseal(entry, key, name);
    } catch (error) {
      throw failed(`the secret \`${name}\` cannot be opened: wrong key or changed file`, error);
    }
  }

  #read(): VaultFile {
    try {
      const size = lstatSync(this.#vaultPath, { throwIfNoEntry: false })?.size;
      if (size === undefined) return { version: 1, secrets: {} };
      if (size > MAX_VAULT_BYTES) throw new RangeError('too large');
      const bytes = readOwnerFile(this.#vaultPath, size);
      return vaultFileSchema.parse(JSON.parse(bytes?.toString('utf8') ?? ''));
    } catch (error) {
      throw failed('the vault file cannot be read', error);
    }
  }

  #write(vault: VaultFile): void {
    try {
      writeFileAtomic(this.#vaultPath, `${JSON.stringify(vault, null, 1)}\n`);
    } catch (error) {
      throw failed('the vault file cannot be written', error);
    }
  }

  async #key(vault: VaultFile): Promise<Buffer> {
    const { derivation } = vault;
    if (derivation === undefined) return this.#readKeyFile();
    if (this.#derived?.salt === derivation.salt) return this.#derived.key;
    if (this.#passphrase === null) throw noPassphrase();
    const key = await deriveKey(this.#passphrase, derivation);
    this.#derived = { salt: derivation.salt, key };
    return key;
  }

  async #makeKey(vault: VaultFile): Promise<Buffer> {
    if (vault.derivation !== undefined) return this.#key(vault);
    // A vault without its key is lost; a fresh key would hide that until somebody needs a secret.
    if (Object.keys(vault.secrets).length > 0) return this.#readKeyFile();
    return this.#makeKeyFile();
  }

  #readKeyFile(): Buffer {
    try {
      const text = readOwnerFile(this.#keyPath, MAX_KEY_FILE_BYTES)?.toString('utf8') ?? '';
      const key = Buffer.from(text.trim(), 'base64');
      if (key.length !== KEY_BYTES) throw new RangeError('wrong length');
      return key;
    } catch (error) {
      throw failed('the key of the vault file cannot be read', error);
    }
  }

  #makeKeyFile(): Buffer {
    if (lstatSync(this.#keyPath, { throwIfNoEntry: false }) !== undefined)
      return this.#readKeyFile();
    const key = randomBytes(KEY_BYTES);
    try {
      writeFileAtomic(this.#keyPath, `${key.toString('base64')}\n`);
    } catch (error) {
      throw failed('the key of the vault file cannot be written', error);
    }
    return key;
  }
}

function toEntry(name: string, { kind, setAt }: SealedSecret): SecretEntry {
  return { name, kind: kind ?? 'value', setAt: setAt ?? null };
}

function noPassphrase(): SecretError {
  return new SecretError('SECRET_STORE_UNAVAILABLE', 'the vault asks for its passphrase', {
    audience: 'user',
    help: 'agentguard daemon start --passphrase',
  });
}

/** The cause is kept for the log only by its kind: zod and JSON errors quote what they read. */
function failed(message: string, cause: unknown): SecretError {
  // Our own refusal of a foreign or open file names the file and the command that mends it.
  if (cause instanceof PlatformError) {
    const { help } = cause;
    return new SecretError('SECRET_STORE_FAILED', `${message}: ${cause.message}`, {
      audience: 'user',
      ...(help === undefined ? {} : { help }),
    });
  }
  return new SecretError('SECRET_STORE_FAILED', `${message} (${toKind(cause)})`, {
    audience: 'user',
    help: 'restore the file from a backup, or remove it and set the secrets again',
  });
}

/** `ENOSPC` says more than `Error`; both are names, never content. */
function toKind(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
