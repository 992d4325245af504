/**
 * What one connection has prepared and bound. SQL PREPARE and protocol Parse share one name space, as at the server.
 * Every change can be undone, because the server skips what follows an error until Sync.
 * INVARIANT: a name never stands for another text here than at the server; when that is in doubt, it is marked doubtful.
 */

import type { SqlFacts } from '@agentguard/rules';
import type { HeldRun } from '../../enforcement/enforcement.ts';
import { MAX_PORTALS, MAX_PREPARED_STATEMENTS, MAX_PREPARED_TEXT } from './limits.ts';
import { NameTable } from './name-table.ts';
import type { NameChange } from './name-table.ts';
import type { OperationAccount } from './outcomes.ts';
import type { Reached } from './reach.ts';

/** Under which catalog and name state facts were read. Equal stamps mean that reading again gives the same. */
export interface ReadingStamp {
  readonly catalog: string;
  readonly names: string;
}

/** A statement that can be bound or executed by name. */
export interface PreparedStatement {
  readonly text: string;
  /** See `parse` in messages.ts. */
  readonly parameterTypes: readonly string[];
  facts: SqlFacts;
  stamp: ReadingStamp;
  /** What stands at the server under this name, see `Reached`. */
  readonly sent: Reached['sent'];
  readonly rewriting: Reached['rewriting'];
  /** Code that could not be seen may have put another statement under this name. */
  doubtful: boolean;
  /** Leave given at Parse and not used yet, since when (milliseconds), and the Bind message it was given for, if that was known. */
  unused: UnusedLeave | null;
}

export interface UnusedLeave {
  readonly account: OperationAccount;
  /** What it opens runs in a held transaction; null when it just runs. */
  readonly run: HeldRun | null;
  readonly since: number;
  readonly forBind: object | null;
}

/** A bound statement. It runs at most once, in one or several Executes. */
export interface Portal {
  /** The statement with the values bound to it, as it was ruled on. */
  readonly text: string;
  /** The statement alone, to be read again, and whether it is certain that this is the statement. */
  readonly source: string;
  readonly parameterTypes: readonly string[];
  readonly doubtful: boolean;
  /** How many requests that end in ReadyForQuery went upstream before its Bind. */
  readonly boundAfter: number;
  facts: SqlFacts;
  stamp: ReadingStamp;
  /** As the statement's. */
  readonly sent: Reached['sent'];
  readonly rewriting: Reached['rewriting'];
  account: OperationAccount;
  /** An Execute was sent. */
  started: boolean;
  /** It ran to its end; further Executes do nothing at the server. */
  completed: boolean;
}

/** Prepared statements and portals by name. */
export class PreparedNames {
  readonly #statements = new NameTable<PreparedStatement>(({ unused }) => {
    unused?.account.finish(true);
  });
  readonly #portals = new NameTable<Portal>(({ account }) => account.finish(true));
  /** Units of all texts that were ever put under a name and not taken away again; an upper bound. */
  #textUnits = 0;
  /** Names that are not listed here may exist at the server. */
  #incomplete = false;
  readonly #pipeline: () => number;

  /** @param pipeline number of the pipeline that the client's current message belongs to */
  constructor(pipeline: () => number) {
    this.#pipeline = pipeline;
  }

  get incomplete(): boolean {
    return this.#incomplete;
  }

  statement(name: string): PreparedStatement | undefined {
    return this.#statements.get(name);
  }

  portal(name: string): Portal | undefined {
    return this.#portals.get(name);
  }

  /** Whether another statement of this length fits. */
  hasRoomForStatement(text: string): boolean {
    if (this.#textUnits + text.length > MAX_PREPARED_TEXT) this.#recount();
    return (
      this.#statements.size < MAX_PREPARED_STATEMENTS &&
      this.#textUnits + text.length <= MAX_PREPARED_TEXT
    );
  }

  get hasRoomForPortal(): boolean {
    return this.#portals.size < MAX_PORTALS;
  }

  /** Whether the server is sure to mean the same statement by the name, see `NameTable.isCertain`. */
  isStatementCertain(name: string): boolean {
    return this.#statements.isCertain(name, this.#pipeline());
  }

  isPortalCertain(name: string): boolean {
    return this.#portals.isCertain(name, this.#pipeline());
  }

  /** Puts a statement under a name, or takes the name away with undefined. */
  setStatement(name: string, statement: PreparedStatement | undefined): NameChange {
    this.#textUnits += statement?.text.length ?? 0;
    return this.#statements.set(name, statement, this.#pipeline());
  }

  /** Puts a portal under a name, or takes the name away with undefined. */
  setPortal(name: string, portal: Portal | undefined): NameChange {
    return this.#portals.set(name, portal, this.#pipeline());
  }

  /** DEALLOCATE ALL, DISCARD ALL. */
  clearStatements(): void {
    for (const [name] of [...this.#statements.entries()]) {
      // SQL cannot name the unnamed statement.
      if (name === '') continue;
      this.#statements.delete(name);
    }
    this.#incomplete = false;
  }

  /**
   * The end of a transaction takes its portals with it. What was bound and never run has done nothing.
   * @param readies how many requests ended in ReadyForQuery so far: portals bound behind the last of them live on
   */
  clearPortals(readies: number): void {
    if (this.#portals.size === 0) return;
    for (const [name, portal] of [...this.#portals.entries()]) {
      if (portal.boundAfter >= readies) continue;
      this.#portals.delete(name);
    }
  }

  /** Code that could not be seen has run: it may have prepared or deallocated anything with a name. */
  markDoubtful(): void {
    this.#incomplete = true;
    for (const [name, statement] of this.#statements.entries()) {
      // SQL cannot name the unnamed statement.
      if (name !== '') statement.doubtful = true;
    }
  }

  /** Ends all leave that was never used. */
  finishAll(): void {
    for (const { unused } of this.#statements.everything()) unused?.account.finish(true);
    for (const { account } of this.#portals.everything()) account.finish(true);
  }

  #recount(): void {
    this.#textUnits = 0;
    for (const { text } of this.#statements.everything()) this.#textUnits += text.length;
  }
}
