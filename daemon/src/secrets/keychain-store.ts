/**
 * The vault in the operating system's keychain: Keychain, Credential Manager or Secret Service.
 * Never in another place because this one does not work.
 */

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { SecretError } from '../errors.ts';
import type { KeychainCall, KeychainResult } from '../platform/keychain-process.ts';
import { toKeychainError } from './keychain-failure.ts';
import { readIndex, writeIndex } from './keychain-index.ts';
import type { IndexEntry, IndexNames } from './keychain-index.ts';
import type { SecretEntry, SecretStore, SecretWithEntry } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

/** CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h; text is kept there as UTF-16. */
const MAX_WINDOWS_BYTES = 2560;

const CANARY_ACCOUNT = 'vault:canary';
const CANARY_BYTES = 16;

/** What a store needs of a keychain. */
export interface Keychain {
  call(call: KeychainCall): Promise<KeychainResult>;
  close(): void;
}

/** The keychain back end. */
export class KeychainSecretStore implements SecretStore {
  readonly backend = 'keychain';
  readonly #keychain: Keychain;
  readonly #index: string;
  readonly #platform: NodeJS.Platform;

  /** @param parts `index` is the path of the file of names, in an owner-only folder */
  constructor(parts: {
    readonly keychain: Keychain;
    readonly index: string;
    readonly platform?: NodeJS.Platform;
  }) {
    this.#keychain = parts.keychain;
    this.#index = parts.index;
    this.#platform = parts.platform ?? process.platform;
  }

  async get(name: string): Promise<SecretValue | null> {
    const value = await this.#call({ op: 'get', account: name });
    return typeof value === 'string' ? new SecretValue(value) : null;
  }

  async set(secrets: readonly SecretWithEntry[]): Promise<void> {
    for (const secret of secrets) this.#refuseTooLong(secret);
    const before = readIndex(this.#index);
    const old = await this.#readOld(secrets);
    writeIndex(this.#index, withEntries(before, secrets, { pending: true }));
    try {
      for (const { name, value } of secrets) {
        // SECURITY(P-03): revealed to the pipe that leads into the keychain.
        await this.#call({ op: 'set', account: name, value: value.unsafeReveal() });
      }
      writeIndex(this.#index, withEntries(before, secrets, {}));
    } catch (error) {
      await this.#putBack(old, before);
      throw error;
    }
  }

  async remove(name: string): Promise<boolean> {
    const before = readIndex(this.#index);
    const entry = before.get(name);
    if (entry !== undefined) {
      writeIndex(this.#index, new Map([...before, [name, { ...entry, pending: true as const }]]));
    }
    const removed = await this.#call({ op: 'delete', account: name });
    if (entry !== undefined) {
      writeIndex(this.#index, new Map([...before].filter(([other]) => other !== name)));
    }
    return removed === true;
  }

  async list(): Promise<readonly SecretEntry[]> {
    const names = await this.#settle(readIndex(this.#index));
    return [...names]
      .map(([name, { kind, setAt }]) => ({ name, kind, setAt }))
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** Sets, reads and removes a canary: an answer of "nothing there" would not prove that anything can be kept. */
  async check(): Promise<void> {
    const value = randomBytes(CANARY_BYTES).toString('hex');
    await this.#call({ op: 'set', account: CANARY_ACCOUNT, value });
    const read = await this.#call({ op: 'get', account: CANARY_ACCOUNT });
    const removed = await this.#call({ op: 'delete', account: CANARY_ACCOUNT });
    if (read !== value || removed !== true) throw toKeychainError('failed');
  }

  async retire(): Promise<void> {
    if ((await this.list()).length === 0) rmSync(this.#index, { force: true });
  }

  close(): void {
    this.#keychain.close();
  }

  async #call(call: KeychainCall): Promise<string | boolean | null> {
    const result = await this.#keychain.call(call);
    if (result.ok) return result.value;
    throw toKeychainError(result.failure);
  }

  #refuseTooLong({ name, value }: SecretWithEntry): void {
    if (this.#platform !== 'win32') return;
    if (Buffer.byteLength(value.unsafeReveal(), 'utf16le') <= MAX_WINDOWS_BYTES) return;
    throw new SecretError(
      'INPUT_INVALID',
      `\`${name}\` is longer than the ${MAX_WINDOWS_BYTES / 2} characters that Credential Manager keeps`,
      {
        audience: 'user',
        help: 'keep it in a password manager and set a reference, or use a file: agentguard secret backend file',
      },
    );
  }

  async #readOld(
    secrets: readonly SecretWithEntry[],
  ): Promise<ReadonlyMap<string, SecretValue | null>> {
    const old = new Map<string, SecretValue | null>();
    for (const { name } of secrets) old.set(name, await this.get(name));
    return old;
  }

  /** As far as the keychain still answers; what it does not take back stays listed as begun. */
  async #putBack(old: ReadonlyMap<string, SecretValue | null>, before: IndexNames): Promise<void> {
    try {
      for (const [name, value] of old) {
        if (value === null) await this.#call({ op: 'delete', account: name });
        else await this.#call({ op: 'set', account: name, value: value.unsafeReveal() });
      }
      writeIndex(this.#index, before);
    } catch {
      // The failure that led here is the one to tell; the index keeps the names for the next look.
    }
  }

  /** Ends what a crash left begun: the keychain is asked whether the secret is there. */
  async #settle(names: IndexNames): Promise<IndexNames> {
    const begun = [...names].filter(([, entry]) => entry.pending === true);
    if (begun.length === 0) return names;
    const settled = new Map(names);
    for (const [name, { kind, setAt }] of begun) {
      if ((await this.get(name)) === null) settled.delete(name);
      else settled.set(name, { kind, setAt });
    }
    writeIndex(this.#index, settled);
    return settled;
  }
}

function withEntries(
  before: IndexNames,
  secrets: readonly SecretWithEntry[],
  mark: { readonly pending?: true },
): IndexNames {
  const entries = secrets.map(({ name, kind, setAt }): readonly [string, IndexEntry] => [
    name,
    { kind, setAt, ...mark },
  ]);
  return new Map([...before, ...entries]);
}
