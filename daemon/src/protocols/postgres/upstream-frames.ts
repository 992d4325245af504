/**
 * Cuts what the real server sends into whole messages, for the handshake and for our own queries.
 * A length is judged at the header, before its body is kept. It does not know what a message means.
 */

import { FRAME_HEADER_BYTES, MIN_LENGTH_FIELD } from './limits.ts';

/** One message: its type as a letter, and its body without header. The body is a view; do not keep it. */
export interface BackendMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** A message, `null` when more bytes are needed, or why the stream cannot be read any further. */
export type BackendFrame =
  | { readonly kind: 'message'; readonly message: BackendMessage }
  | { readonly kind: 'more' }
  | { readonly kind: 'problem'; readonly problem: string };

/** Incremental framer. Feed it with `push`, then call `next` until it wants more. */
export class BackendFramer {
  #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Bytes that are not cut yet. */
  get pending(): number {
    return this.#bytes;
  }

  /** Hands out what is not cut yet, and forgets it. */
  takeRest(): Buffer {
    const rest = this.#joined();
    this.#chunks = [];
    this.#bytes = 0;
    return rest;
  }

  /** @param maxBody longest body that a message of this type may have, in bytes; a negative one means: not expected at all */
  next(maxBody: (type: string) => number): BackendFrame {
    if (this.#bytes < FRAME_HEADER_BYTES) return { kind: 'more' };
    const header = this.#head(FRAME_HEADER_BYTES);
    const type = String.fromCharCode(header[0] ?? 0);
    const length = header.readUInt32BE(1);
    const most = maxBody(type);
    if (most < 0) return { kind: 'problem', problem: 'a message that does not belong here' };
    if (length < MIN_LENGTH_FIELD || length - MIN_LENGTH_FIELD > most) {
      return { kind: 'problem', problem: 'a message of an impossible length' };
    }
    if (this.#bytes < length + 1) return { kind: 'more' };
    const whole = this.#joined();
    const rest = whole.subarray(length + 1);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return { kind: 'message', message: { type, body: whole.subarray(5, length + 1) } };
  }

  /** The first chunk, made at least this long; the bytes must be there. */
  #head(size: number): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && first.length >= size ? first : this.#joined();
  }

  /** One buffer of everything. Joining only when a header or a whole message is there keeps copying linear. */
  #joined(): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
