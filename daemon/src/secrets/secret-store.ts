/** What every vault back end can do. Values go in and out as SecretValue only. */

import type { SecretValue } from './secret-value.ts';

/** A place that keeps secrets by name. */
export interface SecretStore {
  /** @throws SecretError when the store cannot be read; null when there is no such secret */
  get(name: string): SecretValue | null;
  /** @throws SecretError when it cannot be stored; the old value is then still there */
  set(name: string, value: SecretValue): void;
  /** Removes a secret; false when there was none. */
  remove(name: string): boolean;
  /** Names only, sorted. */
  list(): readonly string[];
}
