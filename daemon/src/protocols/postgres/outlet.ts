/**
 * The writing side of one transport: gathers what one turn produces and writes it in as few pieces as is cheap.
 */

import type { Duplex } from 'node:stream';
import { MAX_WRITE_BACKLOG_BYTES } from './limits.ts';

/** Below this, joining pieces costs less than a vectored write. Measured: one write is 3 to 5 µs, copying 16 KiB about 1 µs. */
const JOIN_BELOW_BYTES = 16_384;

/** Gathers bytes for one transport. */
export class Outlet {
  #stream: Duplex;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** The transport was wrapped: from here on bytes go through the wrapper. */
  replace(stream: Duplex): void {
    this.#stream = stream;
  }

  push(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Hands everything to the transport. */
  flush(): void {
    if (this.#pieces.length === 0) return;
    const pieces = this.#pieces;
    const bytes = this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#stream.destroyed || this.#stream.writableEnded) return;
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined) this.#stream.write(only);
    else if (bytes < JOIN_BELOW_BYTES) this.#stream.write(Buffer.concat(pieces, bytes));
    else this.#writeAll(pieces);
  }

  /** More waits in the transport than may: whoever feeds it should stop until `drain`. */
  get full(): boolean {
    return this.#stream.writableLength > MAX_WRITE_BACKLOG_BYTES;
  }

  #writeAll(pieces: readonly Buffer[]): void {
    this.#stream.cork();
    for (const piece of pieces) this.#stream.write(piece);
    this.#stream.uncork();
  }
}
