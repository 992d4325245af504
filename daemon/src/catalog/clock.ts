/** The keeper's time, so that a test can be the clock. */

export interface CatalogClock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls back once after that many milliseconds; the returned function prevents it. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * The machine's clock. Wall time on purpose: a monotonic clock stands still while a laptop sleeps, and the catalog
 * does not. A pending look at the catalog does not keep the process alive.
 */
export const systemClock: CatalogClock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
