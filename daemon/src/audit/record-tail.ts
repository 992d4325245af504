/**
 * Follows the record as it grows. A follower holds an index and reads from there, so that a slow one costs
 * nothing, misses nothing and holds nothing up.
 */

import { setTimeout as rest } from 'node:timers/promises';
import { AuditError } from '../errors.ts';
import { MAX_TAILS, TAIL_REST_MS } from './limits.ts';
import type { AuditFilter, FoundEntry, RecordQuery } from './record-query.ts';

/** Entries that a follower reads at a time. */
const TAIL_BATCH = 256;

/** What a follower wants to see. */
export interface TailOptions extends AuditFilter {
  /** Begin behind this entry; default: with the next one that is appended. */
  readonly after?: number;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

/** Wakes followers when the record has grown. */
export class RecordTail {
  readonly #query: RecordQuery;
  readonly #size: () => number;
  readonly #wakers = new Set<() => void>();
  #followers = 0;
  #closed = false;

  constructor(query: RecordQuery, size: () => number) {
    this.#query = query;
    this.#size = size;
  }

  /** Called after each batch. */
  wake(): void {
    for (const waker of this.#wakers) waker();
    this.#wakers.clear();
  }

  /** Ends every follower. */
  close(): void {
    this.#closed = true;
    this.wake();
  }

  /**
   * The entries that fit, as they are appended, until the signal is aborted or the record is closed.
   * @throws AuditError `AUDIT_UNREADABLE` when there are too many followers, or the record cannot be read
   */
  async *follow(options: TailOptions): AsyncGenerator<FoundEntry, void, void> {
    if (this.#followers >= MAX_TAILS) {
      throw new AuditError('AUDIT_UNREADABLE', 'too many followers of the record', {
        audience: 'user',
      });
    }
    this.#followers += 1;
    try {
      yield* this.#entries(options);
    } catch (error) {
      if (!options.signal.aborted) throw error;
    } finally {
      this.#followers -= 1;
    }
  }

  async *#entries({ after, signal, ...filter }: TailOptions): AsyncGenerator<FoundEntry> {
    let seen = after ?? this.#size() - 1;
    while (!signal.aborted && !this.#closed) {
      const before = this.#size();
      const query = { ...filter, after: seen, before, limit: TAIL_BATCH, signal };
      const entries = await this.#query.find(query);
      yield* entries;
      const last = entries.at(-1);
      seen = entries.length === TAIL_BATCH && last !== undefined ? last.index : before - 1;
      if (entries.length === TAIL_BATCH) continue;
      await this.#grown(seen, signal);
      await rest(TAIL_REST_MS, undefined, { signal });
    }
  }

  /** Waits until there is an entry behind `seen`, the signal is aborted, or the record is closed. */
  async #grown(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#size() - 1 > seen || signal.aborted || this.#closed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.#wakers.delete(done);
        resolve();
      };
      this.#wakers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
