/** Text that is a secret or holds some: a value, a file. However it is printed, it prints `[secret]`. */

import { inspect } from 'node:util';

const REDACTED = '[secret]';

/** Holds the text and shows nothing of it. */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. SECURITY(P-03): only on its way into the vault, a file of the person or a child's environment. */
  unsafeReveal(): string {
    return this.#text;
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
