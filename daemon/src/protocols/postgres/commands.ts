/**
 * What a conversation tells its connection to do, and the list it is gathered in.
 */

import type { SqlFacts } from '@agentguard/rules';
import type { HeldResult, HeldRun, Rewriting } from '../../enforcement/enforcement.ts';
import { FLUSH_MESSAGE } from './encode.ts';
import type { CloseReason } from './replies.ts';
import type { TextRow } from './text-row.ts';

/** One operation to be ruled on. */
export interface AuthorizeRequest {
  readonly id: number;
  readonly text: string;
  readonly facts: SqlFacts;
  readonly inTransaction: boolean;
  readonly rewriting: Rewriting | null;
  /** It can be run in a held transaction. */
  readonly holdable: boolean;
  /** Reads the facts again; never throws. */
  readonly reread: () => SqlFacts;
}

/** Why both sides are closed; the last two need no word to the client. */
export type CloseCause = CloseReason | 'client left' | 'server ended';

/** What the connection is to do, in order. */
export type ConversationCommand =
  | { readonly kind: 'upstream'; readonly bytes: Buffer }
  | { readonly kind: 'downstream'; readonly bytes: Buffer }
  /** Ask for a ruling; answer with `ruled`. */
  | { readonly kind: 'authorize'; readonly request: AuthorizeRequest }
  /** Put a refusal on the record; answer with `ruled`. */
  | {
      readonly kind: 'refuse';
      readonly id: number;
      readonly what: string;
      readonly reason: string;
    }
  /** A held run waits for its verdict; answer with `judged`, and before that with any number of `look`. */
  | {
      readonly kind: 'judge';
      readonly id: number;
      readonly run: HeldRun;
      readonly result: HeldResult;
    }
  /** What was looked at; null when it could not be read. */
  | { readonly kind: 'looked'; readonly id: number; readonly rows: readonly TextRow[] | null }
  /** A held run was rolled back: ask what becomes of its operation; answer with `ruled`. */
  | { readonly kind: 'go on'; readonly id: number; readonly run: HeldRun }
  /** Nobody waits for this ruling any more: abort it. It is still answered with `ruled`. */
  | { readonly kind: 'withdraw'; readonly id: number }
  /** Answer with `catalogReady`. */
  | { readonly kind: 'await catalog' }
  /** Definitions have changed: the catalog is stale. */
  | { readonly kind: 'catalog changed' }
  /** Pass a cancel request on to the server. */
  | { readonly kind: 'cancel upstream' }
  | { readonly kind: 'pause client' }
  | { readonly kind: 'resume client' }
  /** The client wants nothing more; stay only until the answers are in. */
  | { readonly kind: 'drain' }
  /** End both sides once what was commanded before is written. */
  | { readonly kind: 'close'; readonly reason: CloseCause };

/** Commands of one batch of events, and what has to be known of what went upstream. */
export class Outbox {
  #commands: ConversationCommand[] = [];
  /** Extended messages were forwarded whose answers the server may hold back. */
  #unflushed = false;

  push(command: ConversationCommand): void {
    this.#commands.push(command);
  }

  /** Everything since the last call. */
  take(): readonly ConversationCommand[] {
    const commands = this.#commands;
    if (commands.length > 0) this.#commands = [];
    return commands;
  }

  /** Sends a message whose answer the server holds back until Flush or Sync. */
  sendHeld(bytes: Buffer): void {
    this.#unflushed = true;
    this.#commands.push({ kind: 'upstream', bytes });
  }

  /** Sends a message behind which the server holds nothing back. */
  sendFlushing(bytes: Buffer): void {
    this.#unflushed = false;
    this.#commands.push({ kind: 'upstream', bytes });
  }

  /** Sends a message that has no answer of its own. */
  send(bytes: Buffer): void {
    this.#commands.push({ kind: 'upstream', bytes });
  }

  /** Makes the server tell what it knows, so that a gate opens although the client sends no Sync yet. */
  flush(): void {
    if (this.#unflushed) this.sendFlushing(FLUSH_MESSAGE);
  }
}
