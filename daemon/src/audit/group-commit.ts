/**
 * Appends that arrive in the same turn of the event loop share one transaction; outcomes wait for the next one.
 * Either all of a batch are stored or all of its callers are told that they are not.
 */

import { prepareEntry, toEntryColumns } from '@agentguard/rules';
import { AuditError } from '../errors.ts';
import type { AuditEntry, AuditReceipt, Durability } from './entry.ts';
import {
  MAX_BATCH_BYTES,
  MAX_BATCH_ENTRIES,
  MAX_ENTRY_BYTES,
  MAX_WAITING_BYTES,
  MAX_WAITING_ENTRIES,
  OUTCOME_LINGER_MS,
} from './limits.ts';
import { toAppendFailure } from './record-writer.ts';
import type { ReadyEntry } from './record-writer.ts';

/** Stores a batch and returns the index of its first entry, or throws. */
export type WriteBatch = (entries: readonly ReadyEntry[], durability: Durability) => number;

interface Waiting {
  readonly ready: ReadyEntry;
  readonly durability: Durability;
  readonly bytes: number;
  readonly resolve: (receipt: AuditReceipt) => void;
  readonly reject: (error: AuditError) => void;
}

/** Collects appends and writes them in batches, in the order of their arrival. */
export class GroupCommit {
  readonly #write: WriteBatch;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #scheduled = false;
  #lingering: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(write: WriteBatch) {
    this.#write = write;
  }

  /**
   * Appends one entry.
   * @throws AuditError `AUDIT_APPEND_FAILED`, as a rejection: it is not stored
   */
  append(entry: AuditEntry, durability: Durability): Promise<AuditReceipt> {
    const refusal = this.#refusal();
    if (refusal !== null) return Promise.reject(toFailure(refusal));
    const prepared = prepareEntry(entry);
    if (!prepared.ok) return Promise.reject(toFailure(`an entry is refused: ${prepared.problem}`));
    const bytes = Buffer.byteLength(prepared.text, 'utf8');
    if (bytes > MAX_ENTRY_BYTES) return Promise.reject(toFailure('an entry is too large'));
    const columns = toEntryColumns(prepared.entry);
    const ready = { entry: prepared.entry, columns, text: prepared.text };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ready, durability, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      // Only an outcome, which nothing depends on, and only one that need not be synced.
      if (entry.type === 'outcome' && durability === 'written') this.#linger();
      else this.#schedule();
    });
  }

  /** Writes what waits, then refuses every further append. */
  close(): void {
    this.#closed = true;
    if (this.#lingering !== null) clearTimeout(this.#lingering);
    while (this.#waiting.length > 0) this.#flush();
  }

  #refusal(): string | null {
    if (this.#closed) return 'the record is closed';
    const full =
      this.#waiting.length >= MAX_WAITING_ENTRIES || this.#waitingBytes >= MAX_WAITING_BYTES;
    return full ? 'too many entries wait to be stored' : null;
  }

  /** Soon, but not for its own sake: whatever is written first takes it along. */
  #linger(): void {
    if (this.#waiting.length >= MAX_BATCH_ENTRIES) {
      this.#schedule();
      return;
    }
    this.#lingering ??= setTimeout(() => {
      this.#lingering = null;
      if (this.#waiting.length > 0) this.#schedule();
    }, OUTCOME_LINGER_MS);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the sockets that are readable now have been served, so that their entries come along.
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #flush(): void {
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    const synced = batch.some(({ durability }) => durability === 'synced');
    let first: number;
    try {
      first = this.#write(
        batch.map(({ ready }) => ready),
        synced ? 'synced' : 'written',
      );
    } catch (error) {
      // SECURITY(P-06): nobody of this batch may go on.
      const failure = toAppendFailure(error);
      for (const { reject } of batch) reject(failure);
      return;
    }
    batch.forEach(({ resolve }, at) => {
      resolve({ index: first + at });
    });
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count >= MAX_BATCH_ENTRIES || (count > 0 && bytes + waiting.bytes > MAX_BATCH_BYTES))
        break;
      bytes += waiting.bytes;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return batch;
  }
}

function toFailure(message: string): AuditError {
  return new AuditError('AUDIT_APPEND_FAILED', message, { audience: 'user' });
}
