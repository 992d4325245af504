/**
 * How many refusals of callers that are nobody's session go on the record: a flood must not fill it.
 * Those that are held back are counted, and the next one that is recorded carries the count.
 */

/** A burst that a person can still read. */
const MAX_BURST = 20;

/** Thereafter one in this time, so a day of flooding leaves some 1,400 entries. */
const REFILL_MS = 60_000;

/** A bucket of leave to record. */
export class RefusalBudget {
  #left = MAX_BURST;
  #filledAt: number;
  #heldBack = 0;

  /** @param now milliseconds, monotonic */
  constructor(now: number) {
    this.#filledAt = now;
  }

  /**
   * Asks for one entry.
   * @param now milliseconds, monotonic
   * @returns how many were held back since the last recorded one; null when this one is held back as well
   */
  take(now: number): number | null {
    const refills = Math.floor((now - this.#filledAt) / REFILL_MS);
    if (refills > 0) {
      this.#left = Math.min(MAX_BURST, this.#left + refills);
      this.#filledAt += refills * REFILL_MS;
    }
    if (this.#left === 0) {
      this.#heldBack += 1;
      return null;
    }
    this.#left -= 1;
    const heldBack = this.#heldBack;
    this.#heldBack = 0;
    return heldBack;
  }
}
