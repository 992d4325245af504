/** What every vault back end can do. Values go in and out as SecretValue only. */

import type { SecretValue } from './secret-value.ts';

/** The places that can keep a vault. */
export const BACKENDS = ['keychain', 'file'] as const;
export type Backend = (typeof BACKENDS)[number];

/** What a secret is: a value, or a reference to one in a password manager. */
export type SecretKind = 'value' | 'op' | 'env' | 'command';

/** What may be shown of a stored secret. */
export interface SecretEntry {
  readonly name: string;
  readonly kind: SecretKind;
  /** ISO 8601, UTC; null when it was set before that was noted. */
  readonly setAt: string | null;
}

/** A secret on its way into a store. */
export interface SecretWithEntry extends SecretEntry {
  readonly value: SecretValue;
}

/** A place that keeps secrets by name. Callers take turns: no two calls that change it run at once. */
export interface SecretStore {
  readonly backend: Backend;
  /** @throws SecretError when the store cannot be read; null when there is no such secret */
  get(name: string): Promise<SecretValue | null>;
  /**
   * Stores all of them or none.
   * @throws SecretError when they cannot be stored; the old values are then still there
   */
  set(secrets: readonly SecretWithEntry[]): Promise<void>;
  /** Removes a secret; false when there was none. */
  remove(name: string): Promise<boolean>;
  /** Sorted by name. */
  list(): Promise<readonly SecretEntry[]>;
  /** @throws SecretError when the store does not work now */
  check(): Promise<void>;
  /** Removes the files of a store that holds nothing any more; one that holds something stays as it is. */
  retire(): Promise<void>;
  /** Lets go of what it holds open. */
  close(): void;
}
