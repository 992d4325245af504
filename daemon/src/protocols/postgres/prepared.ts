/**
 * What one connection has prepared and bound. SQL PREPARE and protocol Parse share one name space, as at the server.
 * Every change can be undone, because the server skips what follows an error until Sync.
 * INVARIANT: a name never stands for another text here than at the server; when that is in doubt, it is marked doubtful.
 */

import type { SqlFacts } from '@agentguard/rules';
import { MAX_PORTALS, MAX_PREPARED_STATEMENTS, MAX_PREPARED_TEXT } from './limits.ts';
import type { OperationAccount } from './outcomes.ts';

/** Under which catalog and name state facts were read. Equal stamps mean that reading again gives the same. */
export interface ReadingStamp {
  readonly catalog: string;
  readonly names: string;
}

/** A statement that can be bound or executed by name. */
export interface PreparedStatement {
  readonly text: string;
  facts: SqlFacts;
  stamp: ReadingStamp;
  /** Code that could not be seen may have put another statement under this name. */
  doubtful: boolean;
  /** Leave given at Parse and not used yet, since when (milliseconds), and the Bind message it was given for, if that was known. */
  unused: UnusedLeave | null;
}

export interface UnusedLeave {
  readonly account: OperationAccount;
  readonly since: number;
  readonly forBind: object | null;
}

/** A bound statement. It runs at most once, in one or several Executes. */
export interface Portal {
  /** The statement with the values bound to it, as it was ruled on. */
  readonly text: string;
  /** The statement alone, to be read again, and whether it is certain that this is the statement. */
  readonly source: string;
  readonly doubtful: boolean;
  facts: SqlFacts;
  stamp: ReadingStamp;
  account: OperationAccount;
  /** An Execute was sent. */
  started: boolean;
  /** It ran to its end; further Executes do nothing at the server. */
  completed: boolean;
}

/** Takes a change back. */
export type Undo = () => void;

/** Prepared statements and portals by name. */
export class PreparedNames {
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #portals = new Map<string, Portal>();
  #textUnits = 0;
  /** Names that are not listed here may exist at the server. */
  #incomplete = false;

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
    return (
      this.#statements.size < MAX_PREPARED_STATEMENTS &&
      this.#textUnits + text.length <= MAX_PREPARED_TEXT
    );
  }

  get hasRoomForPortal(): boolean {
    return this.#portals.size < MAX_PORTALS;
  }

  /** Puts a statement under a name, or takes the name away with undefined. */
  setStatement(name: string, statement: PreparedStatement | undefined): Undo {
    const previous = this.#statements.get(name);
    this.#put(name, statement);
    return () => this.#put(name, previous);
  }

  /** Puts a portal under a name, or takes the name away with undefined. */
  setPortal(name: string, portal: Portal | undefined): Undo {
    const previous = this.#portals.get(name);
    this.#putPortal(name, portal);
    return () => this.#putPortal(name, previous);
  }

  /** DEALLOCATE ALL, DISCARD ALL. */
  clearStatements(): void {
    for (const statement of this.#statements.values()) statement.unused?.account.finish(true);
    this.#statements.clear();
    this.#textUnits = 0;
    this.#incomplete = false;
  }

  /** The end of a transaction takes every portal with it. What was bound and never run has done nothing. */
  clearPortals(): void {
    if (this.#portals.size === 0) return;
    for (const portal of this.#portals.values()) portal.account.finish(true);
    this.#portals.clear();
  }

  /** Code that could not be seen has run: it may have prepared or deallocated anything with a name. */
  markDoubtful(): void {
    this.#incomplete = true;
    for (const [name, statement] of this.#statements) {
      // SQL cannot name the unnamed statement.
      if (name !== '') statement.doubtful = true;
    }
  }

  /** Ends all leave that was never used. */
  finishAll(): void {
    for (const statement of this.#statements.values()) statement.unused?.account.finish(true);
    this.clearPortals();
  }

  #put(name: string, statement: PreparedStatement | undefined): void {
    this.#textUnits -= this.#statements.get(name)?.text.length ?? 0;
    if (statement === undefined) {
      this.#statements.delete(name);
      return;
    }
    this.#textUnits += statement.text.length;
    this.#statements.set(name, statement);
  }

  #putPortal(name: string, portal: Portal | undefined): void {
    if (portal === undefined) this.#portals.delete(name);
    else this.#portals.set(name, portal);
  }
}
