/**
 * How fast sessions may go: at most so many operations in any stretch of so long. Exact, since the times of the last ones
 * are kept; a counter that starts anew every minute would let twice as many through around the turn.
 */

import type { RateLimit } from '@agentguard/rules';

/** The times of the last operations of one session, as a ring. */
interface Ring {
  readonly times: number[];
  next: number;
}

/** The rates of all sessions. */
export class RateLimiter {
  readonly #rings = new Map<string, Ring>();
  #latest = 0;

  /**
   * Takes leave for one operation.
   * @param now milliseconds since the epoch; a clock that goes back stands still here
   * @returns 0 when it may go on, else how many milliseconds to wait; one that has to wait is not counted
   */
  take(session: string, limit: RateLimit, now: number): number {
    this.#latest = Math.max(this.#latest, now);
    const ring = this.#ringOf(session, limit);
    const oldest = ring.times[ring.next];
    if (oldest !== undefined && oldest + limit.perMs > this.#latest) {
      return oldest + limit.perMs - this.#latest;
    }
    ring.times[ring.next] = this.#latest;
    ring.next = (ring.next + 1) % limit.count;
    return 0;
  }

  /** Forgets a session that is over. */
  forget(session: string): void {
    this.#rings.delete(session);
  }

  /** A limit that changed begins with what the last one remembered, newest last. */
  #ringOf(session: string, limit: RateLimit): Ring {
    const known = this.#rings.get(session);
    if (known !== undefined && known.times.length <= limit.count && known.next < limit.count) {
      return known;
    }
    const kept =
      known === undefined
        ? []
        : [...known.times.slice(known.next), ...known.times.slice(0, known.next)];
    const times = kept.slice(-limit.count);
    const ring = { times, next: times.length % limit.count };
    this.#rings.set(session, ring);
    return ring;
  }
}
