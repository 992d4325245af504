/**
 * The client's messages that wait for their turn, in order, and how many of them may wait.
 */

import { Fifo } from './expected-replies.ts';
import { MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES } from './limits.ts';
import type { FrontendMessage } from './messages.ts';

/** One message, or a piece of one. `raw` is what would be forwarded. */
export type ClientItem =
  | { readonly kind: 'message'; readonly message: FrontendMessage; readonly raw: Buffer }
  | { readonly kind: 'copy data'; readonly raw: Buffer }
  /** A Query or Parse that was too long and is thrown away. */
  | { readonly kind: 'oversize'; readonly type: number; readonly raw: Buffer };

export type BindMessage = FrontendMessage & { readonly kind: 'bind' };

/** Waiting messages. */
export class ClientQueue {
  readonly #items = new Fifo<ClientItem>();
  #bytes = 0;

  get first(): ClientItem | undefined {
    return this.#items.first;
  }

  /** No more should be read for now. */
  get full(): boolean {
    return this.#items.length >= MAX_QUEUED_MESSAGES || this.#bytes >= MAX_QUEUED_BYTES;
  }

  push(item: ClientItem): void {
    this.#items.push(item);
    this.#bytes += item.raw.length;
  }

  shift(): void {
    this.#bytes -= this.#items.shift()?.raw.length ?? 0;
  }

  clear(): void {
    this.#items.clear();
    this.#bytes = 0;
  }

  /**
   * The Bind that follows the Parse at the front in the same pipeline, so that values are ruled on with the text.
   * Waiting for it holds nobody up: the server does not answer a Parse before Sync or Flush either.
   */
  bindOf(name: string): BindMessage | null | 'not yet known' {
    for (let index = 1; index < this.#items.length; index += 1) {
      const item = this.#items.at(index);
      if (item?.kind !== 'message') return null;
      const { message } = item;
      if (message.kind === 'bind') return message.statement === name ? message : null;
      const describesIt =
        message.kind === 'describe' && message.thing === 'statement' && message.name === name;
      if (!describesIt) return null;
    }
    return 'not yet known';
  }
}
