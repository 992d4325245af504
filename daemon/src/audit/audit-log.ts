/**
 * The record as the daemon uses it: append, sign, look up, verify, prove.
 * INVARIANT: a record is open once; the database's lock sees to it.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { toVerifierKey } from '@agentguard/rules';
import type { NoteSigner, NoteVerifier, OpenDecision, RecordReport } from '@agentguard/rules';
import type Database from 'better-sqlite3';
import { AuditError } from '../errors.ts';
import { AuditStore } from './audit-store.ts';
import { CheckpointLog } from './checkpoint-log.ts';
import { copyRecord } from './copy-record.ts';
import { openDatabase } from './database.ts';
import { DecisionIndex } from './decision-index.ts';
import type { AuditEntry, AuditLog, AuditReceipt, Durability } from './entry.ts';
import { GroupCommit } from './group-commit.ts';
import { IdleWork } from './idle-work.ts';
import { ROWS_PER_TURN } from './limits.ts';
import { openRecord, toVerifier } from './open-record.ts';
import { proveEntry } from './prove-entry.ts';
import { prepareRecordFolder } from './record-folder.ts';
import type { RecordPaths } from './record-folder.ts';
import { RecordQuery } from './record-query.ts';
import type { AuditFilter, AuditQuery, FoundEntry } from './record-query.ts';
import { RecordTail } from './record-tail.ts';
import type { TailOptions } from './record-tail.ts';
import type { RecordWriter } from './record-writer.ts';
import { verifyStore } from './verify-store.ts';

/** What a record is opened with. */
export interface AuditLogOptions {
  /** Owner-only folder of the record; it must exist. */
  readonly folder: string;
  readonly signer: NoteSigner;
  /** Told when a checkpoint could not be signed in the background. Appending goes on for a while. */
  readonly onCheckpointFailure?: (error: AuditError) => void;
}

/** Which entry a proof is about. A decision stands for its first entry, the intent. */
export type ProofTarget = { readonly decision: string } | { readonly index: number };

/** A proof that can be checked with the public key alone. */
export interface EntryProof {
  readonly index: number;
  /** The file, to be named `*.tlog-proof`. */
  readonly text: string;
}

/** An open record. */
export interface AuditLogHandle extends AuditLog {
  /** Entries on the record. */
  readonly size: number;
  /** Public key of the record, as text. */
  readonly vkey: string;
  query(query: AuditQuery): Promise<readonly FoundEntry[]>;
  count(filter: AuditFilter): Promise<number>;
  /** Every entry of a decision, in order. */
  entriesOfDecision(decision: string): Promise<readonly FoundEntry[]>;
  /** New entries as they come, until the signal is aborted or the record is closed. */
  tail(options: TailOptions): AsyncGenerator<FoundEntry, void, void>;
  /** Verifies the whole record; `kept` are checkpoints from elsewhere. */
  verify(options?: {
    readonly kept?: readonly string[];
    readonly signal?: AbortSignal;
  }): Promise<RecordReport>;
  /** The proof of one entry, under a checkpoint signed now when none covers it yet. */
  prove(target: ProofTarget): Promise<EntryProof>;
  /** Signs the record as it is and returns the signed note. */
  checkpoint(): string;
  /** Every signed checkpoint, the oldest first. */
  checkpoints(): readonly string[];
  /** The bytes of every entry in order, one line each: what `verifyRecord` reads. */
  export(signal?: AbortSignal): AsyncGenerator<string, void, void>;
  /** Copies database and checkpoints into an existing, empty, owner-only folder. */
  copyTo(folder: string): Promise<RecordPaths>;
  /** Operations that had not ended when the record was opened and have not since. */
  unfinishedIntents(): readonly OpenDecision[];
  /** Writes what waits, signs, and closes. Every later append fails. */
  close(): Promise<void>;
}

/**
 * Opens the record in a folder, or begins one.
 * @throws AuditError `AUDIT_UNREADABLE` when others may reach it, it is locked or not a record;
 *   `AUDIT_VERIFICATION_FAILED` when it is not the record that was signed; `AUDIT_APPEND_FAILED` when it
 *   cannot be written
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLogHandle> {
  const paths = prepareRecordFolder(options.folder);
  const database = openDatabase(paths.database);
  try {
    const store = new AuditStore(database);
    const log = new CheckpointLog(paths.checkpoints);
    const writer = openRecord({ store, log, signer: options.signer });
    await nextTurn();
    return new OpenAuditLog({ options, paths, database, store, log, writer });
  } catch (error) {
    database.close();
    throw error;
  }
}

interface OpenParts {
  readonly options: AuditLogOptions;
  readonly paths: RecordPaths;
  readonly database: Database.Database;
  readonly store: AuditStore;
  readonly log: CheckpointLog;
  readonly writer: RecordWriter;
}

class OpenAuditLog implements AuditLogHandle {
  readonly vkey: string;
  readonly #parts: OpenParts;
  readonly #verifier: NoteVerifier;
  readonly #commits: GroupCommit;
  readonly #decisions: DecisionIndex;
  readonly #queries: RecordQuery;
  readonly #tail: RecordTail;
  readonly #idle: IdleWork;
  readonly #openedAt: number;
  #closed = false;

  constructor(parts: OpenParts) {
    const { database, writer, options } = parts;
    const size = () => writer.size;
    this.vkey = toVerifierKey(options.signer.name, options.signer.publicKey);
    this.#parts = parts;
    this.#verifier = toVerifier(options.signer);
    this.#decisions = new DecisionIndex(database, size);
    this.#queries = new RecordQuery(database, this.#decisions, size);
    this.#tail = new RecordTail(this.#queries, size);
    this.#idle = new IdleWork({ ...parts, decisions: this.#decisions, ...options });
    this.#openedAt = writer.size;
    this.#commits = new GroupCommit((entries, durability) => {
      const first = writer.write(entries, durability);
      this.#idle.appended();
      this.#tail.wake();
      return first;
    });
  }

  get size(): number {
    return this.#parts.writer.size;
  }

  append(entry: AuditEntry, durability: Durability): Promise<AuditReceipt> {
    return this.#commits.append(entry, durability);
  }

  query(query: AuditQuery): Promise<readonly FoundEntry[]> {
    return this.#reading(() => this.#queries.find(query));
  }

  count(filter: AuditFilter): Promise<number> {
    return this.#reading(() => this.#queries.count(filter));
  }

  entriesOfDecision(decision: string): Promise<readonly FoundEntry[]> {
    return this.query({ decision });
  }

  tail(options: TailOptions): AsyncGenerator<FoundEntry, void, void> {
    return this.#tail.follow(options);
  }

  verify(
    options: { readonly kept?: readonly string[]; readonly signal?: AbortSignal } = {},
  ): Promise<RecordReport> {
    const { store, log } = this.#parts;
    return this.#reading(() =>
      verifyStore({
        store,
        verifier: this.#verifier,
        logged: log.read(),
        kept: options.kept ?? [],
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }),
    );
  }

  async prove(target: ProofTarget): Promise<EntryProof> {
    const index = 'index' in target ? target.index : await this.#firstOf(target.decision);
    const { store, writer } = this.#parts;
    const last = writer.lastCheckpoint;
    const checkpoint = last !== null && last.size > index ? last : writer.sign();
    return { index, text: proveEntry(index, checkpoint, { store, vkey: this.vkey }) };
  }

  checkpoint(): string {
    this.#refuseClosed();
    return this.#parts.writer.sign().note;
  }

  checkpoints(): readonly string[] {
    this.#refuseClosed();
    return this.#parts.store.checkpointsAfter(-1).map(({ note }) => note);
  }

  async *export(signal?: AbortSignal): AsyncGenerator<string, void, void> {
    this.#refuseClosed();
    const size = this.size;
    for (let from = 0; from < size; from += ROWS_PER_TURN) {
      signal?.throwIfAborted();
      const rows = this.#parts.store.rows(from, Math.min(size, from + ROWS_PER_TURN));
      for (const row of rows) yield row.body.toString('utf8');
      await nextTurn();
    }
  }

  copyTo(folder: string): Promise<RecordPaths> {
    return this.#reading(() => {
      this.#parts.writer.sign();
      return copyRecord(this.#parts.database, folder);
    });
  }

  unfinishedIntents(): readonly OpenDecision[] {
    const open = this.#parts.writer.states.unfinished();
    return open.filter(({ index }) => index < this.#openedAt);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#idle.close();
    this.#commits.close();
    this.#tail.close();
    // The callers of the last batch hear of it before the database is gone.
    await nextTurn();
    try {
      this.#parts.writer.sign();
    } finally {
      this.#parts.database.close();
    }
  }

  async #firstOf(decision: string): Promise<number> {
    const [first] = await this.query({ decision, limit: 1 });
    if (first !== undefined) return first.index;
    throw new AuditError('AUDIT_UNREADABLE', 'there is no such decision on the record', {
      audience: 'user',
    });
  }

  async #reading<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseClosed();
    return work();
  }

  #refuseClosed(): void {
    if (!this.#closed) return;
    throw new AuditError('AUDIT_UNREADABLE', 'the record is closed', { audience: 'user' });
  }
}
