/**
 * Collects how one operation ended from what the server says, for the record.
 */

import type { Outcome, Permit } from '../../enforcement/enforcement.ts';

/** Tags that are kept by name. A message of a megabyte can hold a hundred thousand statements; the sums stay exact. */
const MAX_TAGS = 64;

/** Commands whose tag counts rows that changed, and those whose tag counts rows that were returned. */
const CHANGING = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/;
const RETURNING = /^(?:SELECT|FETCH) (\d+)$/;
const COPY = /^COPY (\d+)$/;

/** The running account of one operation. Its permit is finished exactly once. */
export class OperationAccount {
  readonly #permit: Permit;
  readonly #tags: string[] = [];
  #rows = 0;
  #rowsChanged: number | null = null;
  #rowsReturned: number | null = null;
  #errorCode: string | null = null;
  #failed = false;
  #finished = false;

  constructor(permit: Permit) {
    this.#permit = permit;
  }

  /** Whether one more row may be returned. */
  takeRow(): boolean {
    this.#rows += 1;
    const most = this.#permit.maxRowsReturned ?? null;
    return most === null || this.#rows <= most;
  }

  /** It failed, as far as is known. */
  get failed(): boolean {
    return this.#failed;
  }

  /** SQLSTATE of the failure; null when there is none. */
  get errorCode(): string | null {
    return this.#errorCode;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /**
   * Notes a CommandComplete.
   * @param copyIn whether rows came from the client, which the tag COPY does not tell
   */
  tag(tag: string, copyIn: boolean): void {
    if (this.#tags.length < MAX_TAGS) this.#tags.push(tag);
    const changed = CHANGING.exec(tag) ?? (copyIn ? COPY.exec(tag) : null);
    const returned = RETURNING.exec(tag) ?? (copyIn ? null : COPY.exec(tag));
    if (changed !== null) this.#rowsChanged = (this.#rowsChanged ?? 0) + Number(changed[1]);
    if (returned !== null) this.#rowsReturned = (this.#rowsReturned ?? 0) + Number(returned[1]);
  }

  /** Notes that it failed, or was undone by a failure of something else in the same implicit transaction. */
  fail(errorCode: string | null): void {
    this.#failed = true;
    this.#errorCode ??= errorCode;
  }

  /** Tells the record. `known` is false when the server did not get to say how it ended. */
  finish(known: boolean): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#permit.finish(this.#toOutcome(known));
  }

  #toOutcome(known: boolean): Outcome {
    const ended = this.#failed ? 'failed' : 'done';
    return {
      result: known ? ended : 'unknown',
      tags: this.#tags,
      errorCode: this.#errorCode,
      rowsChanged: this.#rowsChanged,
      rowsReturned: this.#rowsReturned,
    };
  }
}
