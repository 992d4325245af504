/**
 * The requests that went upstream and are not answered yet, in order. Every message of the server is attributed to the first of them.
 */

import type { SqlFacts } from '@agentguard/rules';
import type { OperationAccount } from './outcomes.ts';
import type { NameChange } from './name-table.ts';
import type { Portal, PreparedStatement } from './prepared.ts';
import type { Reached } from './reach.ts';

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
}

/** What one request waits for. */
export type Expected =
  | { readonly kind: 'query'; readonly run: Run; statementsDone: number }
  /** Our certain failure in place of a Query; `reply` takes the place of the server's error. */
  | { readonly kind: 'marker query'; readonly reply: Buffer }
  | { readonly kind: 'marker parse'; readonly reply: Buffer; readonly change: NameChange | null }
  | { readonly kind: 'parse'; readonly statement: PreparedStatement; readonly change: NameChange }
  | { readonly kind: 'bind'; readonly portal: Portal; readonly change: NameChange }
  | { readonly kind: 'describe statement'; parametersSeen: boolean }
  | { readonly kind: 'describe portal' }
  | { readonly kind: 'execute'; readonly portal: Portal; readonly run: Run }
  | { readonly kind: 'close'; readonly change: NameChange }
  | { readonly kind: 'sync' };

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
