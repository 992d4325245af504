/** Calls of each server by each session: since its start, and in the last minute. */

const MINUTE_MS = 60_000;

/** Times of one minute that are kept; a limit beyond this is none. */
const MAX_KEPT = 10_000;

interface Counted {
  total: number;
  recent: number[];
}

/** The counts of one daemon. */
export class CallCounts {
  readonly #now: () => number;
  readonly #sessions = new Map<string, Map<string, Counted>>();

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a call and says how many came before it. */
  take(session: string, server: string): { readonly session: number; readonly minute: number } {
    const servers = this.#sessions.get(session) ?? new Map<string, Counted>();
    this.#sessions.set(session, servers);
    const counted = servers.get(server) ?? { total: 0, recent: [] };
    servers.set(server, counted);
    const now = this.#now();
    counted.recent = counted.recent.filter((at) => now - at < MINUTE_MS);
    const before = { session: counted.total, minute: counted.recent.length };
    counted.total += 1;
    if (counted.recent.length < MAX_KEPT) counted.recent.push(now);
    return before;
  }

  /** A session is over. */
  forget(session: string): void {
    this.#sessions.delete(session);
  }
}
