/**
 * How many rows each session has changed on each resource, as far as they were measured, since a person last looked.
 * Rows that a transaction took back later still count: the sum may only be too large.
 */

/** Sums kept at once. A sum that is forgotten begins anew, so this is far above the sessions of a day. */
const MAX_SUMS = 10_000;

/** The sums of one daemon. */
export class ChangedRows {
  readonly #sums = new Map<string, number>();

  /** Rows so far. */
  of(session: string, resource: string): number {
    return this.#sums.get(toKey(session, resource)) ?? 0;
  }

  /** More rows were changed. */
  add(session: string, resource: string, rows: number): void {
    const key = toKey(session, resource);
    this.#sums.set(key, (this.#sums.get(key) ?? 0) + rows);
    const oldest = this.#sums.keys().next();
    if (this.#sums.size > MAX_SUMS && oldest.done !== true) this.#sums.delete(oldest.value);
  }

  /** A person saw the sum and said yes: it begins anew. */
  forget(session: string, resource: string): void {
    this.#sums.delete(toKey(session, resource));
  }
}

function toKey(session: string, resource: string): string {
  return JSON.stringify([session, resource]);
}
