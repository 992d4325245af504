/**
 * Keeps one database's catalog fresh while somebody uses it.
 * INVARIANT: `current()` never gives a snapshot that is marked stale or that nobody could confirm for
 * CATALOG_MAX_AGE_MS. No snapshot means that nothing can be decided, so whoever gets none waits or denies.
 */

import { AgentguardError, type CatalogSnapshot } from '@agentguard/rules';
import { CatalogError } from '../errors.ts';
import { systemClock, type CatalogClock } from './clock.ts';
import { fingerprint } from './fingerprint.ts';
import {
  CATALOG_INCOMPLETE_RETRY_MS,
  CATALOG_LOAD_ATTEMPTS,
  CATALOG_MAX_AGE_MS,
  CATALOG_POLL_MS,
} from './limits.ts';
import { loadWhatIsReadable, type LoadedCatalog } from './load.ts';
import type { CatalogConnection, CatalogQuery } from './query.ts';

/** What a keeper is made from. */
export interface KeeperOptions {
  /** Opens a session of the guard's own; called again after a failure. Rejects when the database is not reachable. */
  readonly open: (signal: AbortSignal) => Promise<CatalogConnection>;
  /** Told once when refreshing in the background starts to fail. */
  readonly onWarning?: (error: CatalogError) => void;
  readonly clock?: CatalogClock;
}

interface Held extends LoadedCatalog {
  readonly fingerprint: string;
  /** When the last question began that the database answered with "unchanged" or with this content. */
  readonly confirmedAt: number;
  readonly loadedAt: number;
  /** How many stale marks it has seen. */
  readonly marks: number;
}

/** The picture of one database's catalog. */
export class CatalogKeeper {
  readonly #options: KeeperOptions;
  readonly #clock: CatalogClock;
  readonly #closing = new AbortController();
  #connection: CatalogConnection | undefined;
  #held: Held | undefined;
  #marks = 0;
  #users = 0;
  #refreshing: Promise<void> | undefined;
  #cancelPoll: (() => void) | undefined;
  #failing = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The snapshot, when there is one that may be decided from; undefined otherwise, then see `ready()`. */
  current(): CatalogSnapshot | undefined {
    return this.#holds(this.#marks) ? this.#held?.snapshot : undefined;
  }

  /**
   * A snapshot that is at least as new as this call's stale marks, loaded or confirmed when there is none. Calls that
   * come together share one load.
   * @throws CatalogError `CATALOG_UNAVAILABLE`
   */
  async ready(): Promise<CatalogSnapshot> {
    const marks = this.#marks;
    // A refresh that is under way may have begun before the last mark, the one after it has not.
    for (let attempt = 0; attempt < 2 && !this.#holds(marks); attempt += 1) await this.#refresh();
    if (this.#held === undefined || !this.#holds(marks)) {
      throw new CatalogError('CATALOG_UNAVAILABLE', 'the catalog of the database is out of date');
    }
    return this.#held.snapshot;
  }

  /** Something went through the guard that may have changed the catalog: nothing is decided before the next look. */
  markStale(): void {
    this.#marks += 1;
  }

  /** One more user. The catalog is watched until as many calls of `release()` have come. */
  retain(): void {
    this.#users += 1;
    if (this.#users === 1) this.#poll();
  }

  /** One user less. */
  release(): void {
    if (this.#users === 0) return;
    this.#users -= 1;
    if (this.#users === 0) this.#rest();
  }

  /** Ends the session with the database. Nothing is given out afterwards. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#users = 0;
    this.#rest();
    this.#disconnect();
    // Whoever waits for the reading hears of its end; here only its being over counts.
    await this.#refreshing?.catch(() => undefined);
    this.#held = undefined;
  }

  #holds(marks: number): boolean {
    const held = this.#held;
    if (held === undefined || this.#closing.signal.aborted || held.marks < marks) return false;
    const age = this.#clock.now() - held.confirmedAt;
    // A clock that went backwards says nothing about the age.
    return age >= 0 && age < CATALOG_MAX_AGE_MS;
  }

  #poll(): void {
    this.#cancelPoll = undefined;
    const next = (): void => {
      if (this.#users === 0 || this.#cancelPoll !== undefined) return;
      this.#cancelPoll = this.#clock.after(CATALOG_POLL_MS, () => this.#poll());
    };
    this.#refresh().then(next, next);
  }

  /** Nobody uses it: no timer, no session. */
  #rest(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
    if (this.#refreshing === undefined) this.#disconnect();
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
      if (this.#users === 0) this.#disconnect();
    });
    return this.#refreshing;
  }

  async #look(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = await this.#connect();
      try {
        this.#held = await this.#confirmOrLoad(connection);
        this.#failing = false;
        return;
      } catch (error) {
        // What state the session is in is not known, so the next attempt takes another one.
        this.#disconnect();
        if (attempt === CATALOG_LOAD_ATTEMPTS || this.#closing.signal.aborted) this.#fail(error);
      }
    }
  }

  async #confirmOrLoad(connection: CatalogConnection): Promise<Held> {
    const query: CatalogQuery = (sql) => connection.query(sql);
    const marks = this.#marks;
    const confirmedAt = this.#clock.now();
    // Taken before the load: what changes in between shows as a difference the next time.
    const seen = await fingerprint(query);
    const held = this.#held;
    if (held?.fingerprint === seen && this.#isWorthKeeping(held, marks)) {
      return { ...held, confirmedAt, marks };
    }
    const loaded = await loadWhatIsReadable(query);
    // The same object for the same content, so that whoever caches by it keeps its cache.
    const snapshot =
      held?.snapshot.version === loaded.snapshot.version ? held.snapshot : loaded.snapshot;
    const { complete } = loaded;
    return { snapshot, complete, fingerprint: seen, confirmedAt, loadedAt: confirmedAt, marks };
  }

  /** A lock that hid a definition can go without a change, so an incomplete picture is taken again now and then. */
  #isWorthKeeping(held: Held, marks: number): boolean {
    const age = this.#clock.now() - held.loadedAt;
    return held.complete || (held.marks === marks && age < CATALOG_INCOMPLETE_RETRY_MS);
  }

  async #connect(): Promise<CatalogConnection> {
    if (this.#connection?.alive === false) this.#disconnect();
    if (this.#connection !== undefined) return this.#connection;
    try {
      this.#closing.signal.throwIfAborted();
      const opened = await this.#options.open(this.#closing.signal);
      this.#connection = opened;
      this.#closing.signal.throwIfAborted();
      return opened;
    } catch (error) {
      this.#disconnect();
      this.#fail(error);
    }
  }

  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }

  #fail(error: unknown): never {
    const failure = toCatalogError(error);
    if (!this.#failing && !this.#closing.signal.aborted) this.#options.onWarning?.(failure);
    this.#failing = true;
    throw failure;
  }
}

/** Only our own errors are known to hold no secret and no statement text, so only they are kept as a cause. */
function toCatalogError(error: unknown): CatalogError {
  if (error instanceof CatalogError) return error;
  const cause = error instanceof AgentguardError ? error : undefined;
  const message = 'the database cannot be reached to read its catalog';
  return new CatalogError('CATALOG_UNAVAILABLE', message, { audience: 'user', cause });
}
