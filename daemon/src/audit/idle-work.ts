/**
 * What the record does when nobody waits for it: sign, take entries into the table of decisions, and move the
 * write-ahead log into the database. Each of them takes milliseconds, which an append should not pay for.
 */

import type Database from 'better-sqlite3';
import type { AuditError } from '../errors.ts';
import { toUnreadable } from './database.ts';
import type { DecisionIndex } from './decision-index.ts';
import { syncAway } from './sync-away.ts';
import { BUSY_CHECKPOINT_MS, CHECKPOINTS_APART_MS, IDLE_CHECKPOINT_MS } from './limits.ts';
import type { RecordPaths } from './record-folder.ts';
import type { RecordWriter } from './record-writer.ts';
import { toAppendFailure } from './record-writer.ts';

/** What the idle work is done on. */
export interface IdleParts {
  readonly database: Database.Database;
  readonly paths: RecordPaths;
  readonly writer: RecordWriter;
  readonly decisions: DecisionIndex;
  readonly onCheckpointFailure?: (error: AuditError) => void;
  /** Pause after which the work is done, in milliseconds. Default `IDLE_CHECKPOINT_MS`. */
  readonly idleMs?: number;
  /** Least time between two pauses that are signed, in milliseconds. Default `CHECKPOINTS_APART_MS`. */
  readonly checkpointsApartMs?: number;
  /** Least time between two checkpoints under load, in milliseconds. Default `BUSY_CHECKPOINT_MS`. */
  readonly busyMs?: number;
}

/** Runs after a pause, and when a checkpoint is due. None of its timers keeps the daemon alive: closing signs. */
export class IdleWork {
  readonly #parts: IdleParts;
  readonly #idleMs: number;
  readonly #apartMs: number;
  readonly #busyMs: number;
  #pause: NodeJS.Timeout | null = null;
  #later: NodeJS.Timeout | null = null;
  #signing = false;
  /** On the monotonic clock. A record is signed when it is opened. */
  #signedAt = performance.now();
  #closed = false;

  constructor(parts: IdleParts) {
    this.#parts = parts;
    this.#idleMs = parts.idleMs ?? IDLE_CHECKPOINT_MS;
    this.#apartMs = parts.checkpointsApartMs ?? CHECKPOINTS_APART_MS;
    this.#busyMs = parts.busyMs ?? BUSY_CHECKPOINT_MS;
  }

  /** Called after each batch: costs next to nothing. */
  appended(): void {
    if (this.#closed) return;
    if (this.#mayBeSigned()) this.#signSoon();
    if (this.#pause !== null) {
      this.#pause.refresh();
      return;
    }
    this.#pause = setTimeout(() => {
      this.#pause = null;
      this.#signWhenApart();
      this.#tidy();
    }, this.#idleMs).unref();
  }

  /** Nothing runs after this. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#pause ?? undefined);
    clearTimeout(this.#later ?? undefined);
  }

  /** Under load a checkpoint that is due waits until the last one is old enough, within bounds. */
  #mayBeSigned(): boolean {
    const { writer } = this.#parts;
    if (!writer.checkpointDue) return false;
    const age = performance.now() - this.#signedAt;
    return writer.checkpointOverdue || age >= this.#busyMs;
  }

  /** Once the disk has, away from here, what is written already: signing then waits for next to nothing. */
  #signSoon(): void {
    if (this.#signing) return;
    this.#signing = true;
    void syncAway(`${this.#parts.paths.database}-wal`).then(() => {
      this.#signing = false;
      if (!this.#closed) this.#sign();
    });
  }

  /** Now, or when the last signature is old enough. */
  #signWhenApart(): void {
    const early = this.#signedAt + this.#apartMs - performance.now();
    if (early <= 0 || this.#parts.writer.checkpointDue) {
      this.#signSoon();
      return;
    }
    this.#later ??= setTimeout(() => {
      this.#later = null;
      this.#signSoon();
    }, early).unref();
  }

  #sign(): void {
    this.#signedAt = performance.now();
    try {
      this.#parts.writer.sign('written');
    } catch (error) {
      this.#parts.onCheckpointFailure?.(toAppendFailure(error));
    }
  }

  #tidy(): void {
    if (this.#closed) return;
    try {
      if (this.#parts.decisions.fillSome()) {
        setImmediate(() => {
          this.#tidy();
        });
      } else {
        this.#parts.database.pragma('wal_checkpoint(PASSIVE)');
      }
    } catch (error) {
      this.#parts.onCheckpointFailure?.(toUnreadable(error));
    }
  }
}
