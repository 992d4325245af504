/**
 * What the record does when nobody waits for it: sign, take entries into the table of decisions, and move the
 * write-ahead log into the database. Each of them takes milliseconds, which an append should not pay for.
 */

import type Database from 'better-sqlite3';
import type { AuditError } from '../errors.ts';
import { toUnreadable } from './database.ts';
import type { DecisionIndex } from './decision-index.ts';
import { IDLE_CHECKPOINT_MS } from './limits.ts';
import type { RecordWriter } from './record-writer.ts';
import { toAppendFailure } from './record-writer.ts';

/** What the idle work is done on. */
export interface IdleParts {
  readonly database: Database.Database;
  readonly writer: RecordWriter;
  readonly decisions: DecisionIndex;
  readonly onCheckpointFailure?: (error: AuditError) => void;
}

/** Runs after a pause, and when a checkpoint is due. */
export class IdleWork {
  readonly #parts: IdleParts;
  #timer: NodeJS.Timeout | null = null;
  #due: NodeJS.Immediate | null = null;
  #closed = false;

  constructor(parts: IdleParts) {
    this.#parts = parts;
  }

  /** Called after each batch: costs next to nothing. */
  appended(): void {
    if (this.#closed) return;
    if (this.#parts.writer.checkpointDue) this.#signSoon();
    if (this.#timer === null) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#run();
      }, IDLE_CHECKPOINT_MS);
      // A record that waits to be signed does not keep the daemon alive; closing signs it.
      this.#timer.unref();
    } else {
      this.#timer.refresh();
    }
  }

  /** Nothing runs after this. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#due !== null) clearImmediate(this.#due);
  }

  /** Behind the answers to the batch that made it due. */
  #signSoon(): void {
    this.#due ??= setImmediate(() => {
      this.#due = null;
      this.#sign();
    });
  }

  #sign(): void {
    try {
      this.#parts.writer.sign();
    } catch (error) {
      this.#parts.onCheckpointFailure?.(toAppendFailure(error));
    }
  }

  #run(): void {
    if (this.#closed) return;
    this.#sign();
    try {
      if (this.#parts.decisions.fillSome()) this.appended();
      else this.#parts.database.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      this.#parts.onCheckpointFailure?.(toUnreadable(error));
    }
  }
}
