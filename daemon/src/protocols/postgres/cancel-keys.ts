/**
 * The cancel keys that clients of one listener were given. They are ours and random; the server's own key never leaves the
 * daemon. A request is carried out only for the connection whose key it holds.
 */

import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { CANCEL_KEY_BYTES, CANCEL_WINDOW_MS, MAX_CANCELS_PER_WINDOW } from './limits.ts';

/** What a client is given as BackendKeyData. */
export interface CancelKey {
  readonly processId: number;
  readonly secret: Buffer;
}

/** Secret length under protocol 3.0, which fixes it. */
const SHORT_KEY_BYTES = 4;

/** Keys by process id. */
export class CancelKeys {
  readonly #byProcessId = new Map<number, { readonly secret: Buffer; readonly run: () => void }>();
  readonly #now: () => number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #inWindow = 0;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes the key of one connection. `run` is called for each cancel request that holds it. */
  issue(protocol: '3.0' | '3.2', run: () => void): CancelKey {
    let processId = randomInt(1, 0x7fff_ffff);
    while (this.#byProcessId.has(processId)) processId = randomInt(1, 0x7fff_ffff);
    const secret = randomBytes(protocol === '3.0' ? SHORT_KEY_BYTES : CANCEL_KEY_BYTES);
    this.#byProcessId.set(processId, { secret, run });
    return { processId, secret };
  }

  forget(key: CancelKey): void {
    this.#byProcessId.delete(key.processId);
  }

  /** A cancel request came. One whose key fits nothing, or that comes too fast, is passed over without a word, as at the server. */
  request(processId: number, secret: Buffer): void {
    const now = this.#now();
    if (now - this.#windowStart >= CANCEL_WINDOW_MS) {
      this.#windowStart = now;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    // Wrong keys count too, so that guessing four bytes takes years.
    if (this.#inWindow > MAX_CANCELS_PER_WINDOW) return;
    const known = this.#byProcessId.get(processId);
    if (known?.secret.length !== secret.length) return;
    if (timingSafeEqual(known.secret, secret)) known.run();
  }
}
