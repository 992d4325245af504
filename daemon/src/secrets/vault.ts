/**
 * The vault as the daemon uses it: one back end, references resolved when they are used, changes one after the other.
 * A resolved value lives in memory for a minute and is never written.
 */

import { SecretError } from '../errors.ts';
import { moveSecrets } from './move-secrets.ts';
import type { MoveReport } from './move-secrets.ts';
import { findReference, kindOf, looksStored, parseReference, toStored } from './reference.ts';
import type { Reference } from './reference.ts';
import type { Backend, SecretEntry, SecretStore, SecretWithEntry } from './secret-store.ts';
import type { SecretValue } from './secret-value.ts';

/** A burst of connections asks a password manager once; a changed secret is noticed soon. */
const CACHE_MS = 60_000;

/** What a secret is set to. */
export type NewSecret =
  | { readonly kind: 'value'; readonly value: SecretValue }
  | { readonly kind: 'reference'; readonly reference: string };

/** What a vault is made of. */
export interface VaultParts {
  readonly store: SecretStore;
  /** Gets the value behind a reference. */
  readonly resolve: (reference: Reference, name: string) => Promise<SecretValue>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Secrets by name. */
export class Vault {
  #store: SecretStore;
  readonly #resolve: VaultParts['resolve'];
  readonly #now: () => number;
  readonly #resolved = new Map<
    string,
    { readonly until: number; readonly value: Promise<SecretValue> }
  >();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: VaultParts) {
    this.#store = parts.store;
    this.#resolve = parts.resolve;
    this.#now = parts.now;
  }

  get backend(): Backend {
    return this.#store.backend;
  }

  /**
   * The value of a secret, by its reference where it is one.
   * @returns null when there is no such secret
   * @throws SecretError when the store or the place behind the reference does not give it
   */
  async read(name: string): Promise<SecretValue | null> {
    const stored = await this.#store.get(name);
    const reference = stored === null ? null : findReference(stored);
    return reference === null ? stored : this.#readReference(name, reference);
  }

  /** Forgets what was resolved for a name: the server refused it, so it may have changed. */
  forget(name: string): void {
    this.#resolved.delete(name);
  }

  /**
   * Sets secrets, all of them or none.
   * @returns the names that were there before
   * @throws SecretError; with `replace` false also for a name that is taken
   */
  async set(
    secrets: ReadonlyMap<string, NewSecret>,
    options: { readonly replace: boolean },
  ): Promise<ReadonlySet<string>> {
    return this.#inTurn(async () => {
      const known = new Set((await this.#store.list()).map(({ name }) => name));
      const replaced = new Set([...secrets.keys()].filter((name) => known.has(name)));
      if (!options.replace && replaced.size > 0) throw taken([...replaced]);
      const setAt = new Date(this.#now()).toISOString();
      await this.#store.set([...secrets].map(([name, secret]) => toStore(name, secret, setAt)));
      for (const name of secrets.keys()) this.#resolved.delete(name);
      return replaced;
    });
  }

  /** Sets one secret to a value. */
  async setValue(name: string, value: SecretValue): Promise<void> {
    await this.set(new Map([[name, { kind: 'value', value }]]), { replace: true });
  }

  /** Removes a secret; false when there was none. */
  async remove(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#resolved.delete(name);
      return this.#store.remove(name);
    });
  }

  /** Every secret, by name, without its value. */
  list(): Promise<readonly SecretEntry[]> {
    return this.#store.list();
  }

  /** @throws SecretError when the store does not work now */
  check(): Promise<void> {
    return this.#store.check();
  }

  /** Runs something on the store itself while nothing else changes it. */
  withStore<Result>(use: (store: SecretStore) => Promise<Result>): Promise<Result> {
    return this.#inTurn(() => use(this.#store));
  }

  /**
   * Moves everything to another store and goes on with that one.
   * @param remember called when every secret is there and before any is removed here: from then on it is chosen
   */
  async moveTo(target: SecretStore, remember: () => void): Promise<MoveReport> {
    return this.#inTurn(async () => {
      const source = this.#store;
      const report = await moveSecrets(source, target, () => {
        remember();
        this.#store = target;
      });
      source.close();
      return report;
    });
  }

  /** Lets go of everything held open and in memory. */
  close(): void {
    this.#resolved.clear();
    this.#store.close();
  }

  #readReference(name: string, reference: Reference): Promise<SecretValue> {
    const now = this.#now();
    const known = this.#resolved.get(name);
    // A clock that went backwards must not keep a value alive.
    if (known !== undefined && now < known.until && known.until - now <= CACHE_MS) {
      return known.value;
    }
    const value = this.#resolve(reference, name);
    const entry = { until: now + CACHE_MS, value };
    this.#resolved.set(name, entry);
    // A failure is not kept: the next one who asks may have unlocked the password manager.
    value.catch(() => {
      if (this.#resolved.get(name) === entry) this.#resolved.delete(name);
    });
    return value;
  }

  /** Changes run one after the other, whatever became of the one before. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(work, work);
    // Its caller hears of a failure; the next one takes its turn all the same.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

function toStore(name: string, secret: NewSecret, setAt: string): SecretWithEntry {
  if (secret.kind === 'reference') {
    const kind = kindOf(parseReference(secret.reference));
    return { name, kind, setAt, value: toStored(secret.reference) };
  }
  if (looksStored(secret.value)) {
    throw new SecretError('INPUT_INVALID', `the value of \`${name}\` cannot be kept as it is`, {
      audience: 'user',
      help: `agentguard secret set ${name} --from REFERENCE`,
    });
  }
  return { name, kind: 'value', setAt, value: secret.value };
}

function taken(names: readonly string[]): SecretError {
  const list = names.map((name) => `\`${name}\``).join(', ');
  return new SecretError('INPUT_INVALID', `the vault has ${list} already; nothing was changed`, {
    audience: 'user',
    help: '--replace puts the new values in their place',
  });
}
