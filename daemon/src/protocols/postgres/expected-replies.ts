/**
 * The requests that went upstream and are not answered yet, in order. Every message of the server is attributed to the first of them.
 */

import type { SqlFacts } from '@agentguard/rules';
import type { TransactionStatus } from './backend-messages.ts';
import type { OperationAccount } from './outcomes.ts';
import type { NameChange } from './name-table.ts';
import type { Portal, PreparedStatement } from './prepared.ts';
import type { Reached } from './reach.ts';
import type { TextRow } from './text-row.ts';

/** What an answer to text being run leads to. */
export interface Run {
  readonly text: string;
  readonly facts: SqlFacts;
  readonly account: OperationAccount;
  /** See `Reached`. */
  readonly sent: Reached['sent'];
  readonly rewriting: Reached['rewriting'];
  /** Nothing that follows may be read before this is answered: it may change how it reads. */
  readonly gatesReading: boolean;
  /** Nothing at all that follows may be forwarded before this is answered: the server may be about to read COPY data. */
  readonly gatesCopy: boolean;
  /** What gated the copy is settled. */
  copyGateOpen: boolean;
  /** It runs in a held transaction: its answer is kept back until its effect is judged, and its account is ended there. */
  readonly held: boolean;
}

/** How a statement of our own ended. */
export type OwnAnswer =
  | { readonly kind: 'done'; readonly tag: string; readonly rows: readonly TextRow[] }
  /** `code`: SQLSTATE; null when it was skipped, because something before it failed. */
  | { readonly kind: 'failed'; readonly code: string | null };

/** What one request waits for. */
export type Expected =
  | { readonly kind: 'query'; readonly run: Run; statementsDone: number }
  /** Our certain failure in place of a Query; `reply` takes the place of the server's error. */
  | { readonly kind: 'marker query'; readonly reply: Buffer }
  | { readonly kind: 'marker parse'; readonly reply: Buffer; readonly change: NameChange | null }
  | { readonly kind: 'parse'; readonly statement: PreparedStatement; readonly change: NameChange }
  | {
      readonly kind: 'bind';
      readonly portal: Portal;
      readonly change: NameChange;
      readonly held: boolean;
    }
  | { readonly kind: 'describe statement'; parametersSeen: boolean }
  | {
      readonly kind: 'describe portal';
      readonly held: boolean;
      readonly portal?: Portal | undefined;
      /** Asked for by us, so its answer is not the client's. */
      readonly ours?: boolean;
    }
  | { readonly kind: 'execute'; readonly portal: Portal; readonly run: Run }
  | { readonly kind: 'close'; readonly change: NameChange }
  | { readonly kind: 'sync' }
  /** A statement of our own, as the five messages of `encodeOwnStatement`. */
  | OwnStatement
  /** A Sync of our own. */
  | { readonly kind: 'own sync'; readonly onReady: (status: TransactionStatus) => void };

/** A statement of our own that is answered. */
export interface OwnStatement {
  readonly kind: 'own';
  /** Its error is the client's: a deferred constraint that fails when it is forced. */
  readonly errorIsClients: boolean;
  readonly rows: TextRow[];
  tag: string;
  closes: number;
  readonly onEnd: (answer: OwnAnswer) => void;
}

/** A queue whose removal from the front costs nothing. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** The item `index` places behind the first. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > 1_024) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
