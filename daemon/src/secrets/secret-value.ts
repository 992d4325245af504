/**
 * The only type that may hold a secret. However it is printed, it prints `[secret]`.
 */

import { inspect } from 'node:util';

const REDACTED = '[secret]';

/** A value that must not leave the daemon except on its way upstream. */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. SECURITY(P-03): call it only where the bytes go to an upstream or into the vault. */
  unsafeReveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
