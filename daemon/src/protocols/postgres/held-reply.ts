/** The answer to a held statement, kept back until its effect is judged. Bounded: what does not fit is thrown away whole. */

import { MAX_HELD_REPLY_BYTES } from './limits.ts';

/** Bytes that wait. */
export class HeldReply {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #marked = 0;
  #overflown = false;

  /** More came than may be kept. */
  get overflown(): boolean {
    return this.#overflown;
  }

  /** Takes a copy, so that a small piece does not keep the transport's large buffer alive. */
  push(slice: Buffer): void {
    this.#bytes += slice.length;
    if (this.#bytes > MAX_HELD_REPLY_BYTES) {
      this.#overflown = true;
      this.#pieces = [];
      this.#marked = 0;
      return;
    }
    this.#pieces.push(Buffer.from(slice));
  }

  /** The statement's own answer is complete; what comes now is about its end. */
  mark(): void {
    this.#marked = this.#pieces.length;
  }

  /** Everything, or what came behind the mark. Nothing is left. */
  take(part: 'all' | 'behind the mark'): readonly Buffer[] {
    const taken = part === 'all' ? this.#pieces : this.#pieces.slice(this.#marked);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#marked = 0;
    this.#overflown = false;
  }
}
