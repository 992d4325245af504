/**
 * The one place that adds to the record: entries, and checkpoints over them.
 * INVARIANT: what is in memory advances only after the database has committed.
 */

import { hashLeaf, parseEntryBody, signCheckpoint, toEntryBody } from '@agentguard/rules';
import type {
  CompactRange,
  DecisionStates,
  EntryColumns,
  NoteSigner,
  RecordedEntry,
} from '@agentguard/rules';
import { AuditError } from '../errors.ts';
import type { AuditStore, NewNode, NewRow, StoredCheckpoint, StoredRow } from './audit-store.ts';
import type { CheckpointLog } from './checkpoint-log.ts';
import { toCause } from './database.ts';
import type { Durability } from './entry.ts';
import {
  CHECKPOINT_AT_LATEST_ENTRIES,
  CHECKPOINT_EVERY_ENTRIES,
  CHECKPOINT_RETRY_ENTRIES,
  MAX_UNSIGNED_ENTRIES,
  STORED_HEIGHT_STEP,
} from './limits.ts';

/** An entry that was checked and written as text, waiting for its place. */
export interface ReadyEntry {
  readonly entry: RecordedEntry;
  readonly columns: EntryColumns;
  readonly text: string;
}

/** Where a record stands when it is opened. */
export interface WriterParts {
  readonly store: AuditStore;
  readonly log: CheckpointLog;
  readonly signer: NoteSigner;
  readonly tree: CompactRange;
  readonly states: DecisionStates;
  /** Null for a record that was never signed. */
  readonly checkpoint: StoredCheckpoint | null;
}

/** Adds entries and checkpoints. Everything is synchronous: one call is one transaction. */
export class RecordWriter {
  readonly #store: AuditStore;
  readonly #log: CheckpointLog;
  readonly #signer: NoteSigner;
  readonly #states: DecisionStates;
  #tree: CompactRange;
  #checkpoint: StoredCheckpoint | null;
  /** Checkpoints that are in the database but not yet in their file. */
  #unlogged: string[] = [];
  /** Entries covered by a checkpoint that is in both places. */
  #signedSize: number;
  #retryFrom = 0;
  /** True after a failure: what the database holds is looked at again before it is added to. */
  #doubtful = false;

  constructor(parts: WriterParts) {
    this.#store = parts.store;
    this.#log = parts.log;
    this.#signer = parts.signer;
    this.#states = parts.states;
    this.#tree = parts.tree;
    this.#checkpoint = parts.checkpoint;
    this.#signedSize = parts.checkpoint?.size ?? 0;
  }

  /** Entries on the record. */
  get size(): number {
    return this.#tree.size;
  }

  /** The last signed checkpoint, or null. */
  get lastCheckpoint(): StoredCheckpoint | null {
    return this.#checkpoint;
  }

  /** How far the decisions have come. */
  get states(): DecisionStates {
    return this.#states;
  }

  /** Whether enough entries have gathered for a checkpoint. */
  get checkpointDue(): boolean {
    return this.#unsigned() >= CHECKPOINT_EVERY_ENTRIES && this.size >= this.#retryFrom;
  }

  /** Whether so many have that the checkpoint must not wait for a better moment. */
  get checkpointOverdue(): boolean {
    return this.checkpointDue && this.#unsigned() >= CHECKPOINT_AT_LATEST_ENTRIES;
  }

  /**
   * Appends entries in one transaction and returns the index of the first.
   * @throws AuditError `AUDIT_APPEND_FAILED`: none of them is on the record. Also when too many are unsigned
   *   and no checkpoint can be signed
   */
  write(entries: readonly ReadyEntry[], durability: Durability): number {
    this.#lookAgain();
    // Signing in the background may lag behind a flood; only a record that cannot be signed takes no more.
    if (this.#unsigned() > MAX_UNSIGNED_ENTRIES) this.sign('written');
    const first = this.#tree.size;
    const head = { size: first, root: this.#tree.root() };
    const tree = this.#tree.fork();
    const nodes: NewNode[] = [];
    const rows = entries.map(({ text, columns }): NewRow => {
      const body = Buffer.from(toEntryBody(text, tree.size, head), 'utf8');
      const leaf = hashLeaf(body);
      tree.append(leaf, (height, position, hash) => {
        if (height > 0 && height % STORED_HEIGHT_STEP === 0) nodes.push({ height, position, hash });
      });
      return { columns, leaf, body };
    });
    try {
      this.#store.writeBatch({ first, rows, nodes }, durability);
    } catch (error) {
      this.#doubtful = true;
      throw toAppendFailure(error);
    }
    this.#tree = tree;
    entries.forEach(({ entry }, at) => this.#states.apply(entry, first + at));
    return first;
  }

  /**
   * Signs the record as it is now, unless that was done already, and puts the checkpoint into both places.
   * Everything on the record is on the disk when this returns.
   * @param file whether this waits for the second place to be on the disk as well
   * @throws AuditError `AUDIT_APPEND_FAILED`
   */
  sign(file: Durability = 'synced'): StoredCheckpoint {
    try {
      this.#lookAgain();
      // What the file still lacks comes first, so that a file that fails is not run away from.
      this.#logPending(file);
      const checkpoint = this.#checkpointNow();
      this.#logPending(file);
      return checkpoint;
    } catch (error) {
      this.#doubtful = true;
      this.#retryFrom = this.size + CHECKPOINT_RETRY_ENTRIES;
      throw toAppendFailure(error);
    }
  }

  #logPending(file: Durability): void {
    this.#log.append(this.#unlogged, file);
    this.#unlogged = [];
    this.#signedSize = this.#checkpoint?.size ?? 0;
  }

  #checkpointNow(): StoredCheckpoint {
    const size = this.#tree.size;
    if (this.#checkpoint?.size === size) return this.#checkpoint;
    const note = signCheckpoint({ size, root: this.#tree.root() }, this.#signer);
    const checkpoint = { size, settled: this.#states.settledBelow(size), note };
    // INVARIANT: first the database, synced, then the file. The file is never ahead of what is on the disk, so
    // that a power cut cannot look like somebody cutting the record.
    this.#store.writeCheckpoint(checkpoint);
    this.#checkpoint = checkpoint;
    this.#unlogged.push(note);
    return checkpoint;
  }

  /** After a failure: a COMMIT that reported one may still have been carried out. */
  #lookAgain(): void {
    if (!this.#doubtful) return;
    try {
      const size = this.#store.size();
      if (size < this.#tree.size) throw failed('entries of the record are gone');
      if (size > this.#tree.size) this.#takeIn(size);
      const stored = this.#store.lastCheckpoint();
      if (stored !== null && stored.size !== this.#checkpoint?.size) {
        this.#checkpoint = stored;
        this.#unlogged.push(stored.note);
      }
    } catch (error) {
      throw toAppendFailure(error);
    }
    this.#doubtful = false;
  }

  #takeIn(size: number): void {
    const rows = this.#store.rows(this.#tree.size, size);
    const tree = this.#tree.fork();
    for (const row of rows) tree.append(row.leaf);
    applyRows(this.#states, rows);
    this.#tree = tree;
  }

  #unsigned(): number {
    return this.#tree.size - this.#signedSize;
  }
}

/**
 * Tells what follows the decisions about rows that are already stored.
 * @throws AuditError `AUDIT_VERIFICATION_FAILED` when one of them cannot be read
 */
export function applyRows(states: DecisionStates, rows: readonly StoredRow[]): void {
  for (const row of rows) {
    const parsed = parseEntryBody(row.body);
    if (!parsed.ok) {
      const message = `entry ${row.index} of the record: ${parsed.problem}`;
      throw new AuditError('AUDIT_VERIFICATION_FAILED', message, { audience: 'user' });
    }
    states.apply(parsed.body.entry, row.index);
  }
}

/** The failure of an append, with what to do about it. */
export function toAppendFailure(error: unknown): AuditError {
  if (error instanceof AuditError && error.code === 'AUDIT_APPEND_FAILED') return error;
  return failed(`an entry could not be stored (${toCause(error)})`, error);
}

function failed(message: string, cause?: unknown): AuditError {
  return new AuditError('AUDIT_APPEND_FAILED', message, {
    audience: 'user',
    help: 'nothing passes until the record can be written again: see agentguard doctor',
    ...(cause === undefined ? {} : { cause }),
  });
}
