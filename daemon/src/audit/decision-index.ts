/**
 * Finds entries by decision. Filled behind the appends, when nothing else is going on or somebody asks:
 * an index kept up to date with every append would double its price.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import * as z from 'zod';
import { toUnreadable } from './database.ts';
import { SCANNED_PER_TURN } from './limits.ts';

const countSchema = z.int().nonnegative();

/** Keeps the table `decisions`. */
export class DecisionIndex {
  readonly #size: () => number;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #below: number;

  /** @param size number of entries of the record, asked whenever needed */
  constructor(database: Database.Database, size: () => number) {
    this.#size = size;
    this.#statements = prepareStatements(database);
    this.#below = countSchema.parse(this.#statements.below.get());
  }

  /** Whether every entry can be found. */
  get complete(): boolean {
    return this.#below >= this.#size();
  }

  /**
   * Takes in what was appended, some thousand entries per turn of the event loop.
   * @throws AuditError `AUDIT_UNREADABLE` when the disk is full or fails
   */
  async fill(): Promise<void> {
    while (this.fillSome()) await nextTurn();
  }

  /** One turn's worth; returns whether more is left. Throws as `fill` does. */
  fillSome(): boolean {
    const from = this.#below;
    const to = Math.min(this.#size(), from + SCANNED_PER_TURN);
    if (from >= to) return false;
    const { begin, insert, setBelow, commit, rollback } = this.#statements;
    try {
      begin.run();
      insert.run(from, to);
      setBelow.run(to);
      commit.run();
      this.#below = to;
      return !this.complete;
    } catch (error) {
      try {
        rollback.run();
      } catch {
        // Nothing was begun, or SQLite has rolled back by itself; the first error counts.
      }
      throw toUnreadable(error);
    }
  }
}

function prepareStatements(database: Database.Database) {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    below: database.prepare('SELECT below FROM filled').pluck(),
    setBelow: database.prepare<[number]>('UPDATE filled SET below = ?'),
    // Sorted, so that each page of the table is touched once.
    insert: database.prepare<[number, number]>(
      `INSERT OR IGNORE INTO decisions (decision, idx)
       SELECT decision, idx FROM entries
       WHERE idx >= ? AND idx < ? AND decision IS NOT NULL ORDER BY decision, idx`,
    ),
  };
}
