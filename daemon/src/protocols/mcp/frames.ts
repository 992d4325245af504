/**
 * Cuts a byte stream into messages, and puts messages into one. The only framing today is one message a line; the
 * conversation sees nothing of it, so that another can come.
 */

import { KEPT_OF_OVERSIZE_BYTES, MAX_LINE_BYTES } from './limits.ts';

/** One message as it came. */
export interface Frame {
  readonly kind: 'message';
  /** What is judged: the bytes between two line feeds, one carriage return before the line feed left out. */
  readonly bytes: Uint8Array;
  /** What is passed on. */
  readonly raw: Uint8Array;
}

export type FrameEvent =
  | Frame
  /** A message beyond the bound; it was thrown away. Its ends may say what it answers. */
  | { readonly kind: 'oversize'; readonly head: string; readonly tail: string }
  /** The stream ended inside of a message. */
  | { readonly kind: 'cut off' };

/** One direction of a framing. */
export interface Codec {
  /** Takes bytes as they come. */
  push(chunk: Uint8Array): readonly FrameEvent[];
  /** The stream has ended. */
  end(): readonly FrameEvent[];
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** One message a line. Splits on 0x0A and on nothing else. */
export class LineCodec implements Codec {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;
  #overflow: { head: string; tail: Uint8Array } | null = null;

  constructor(maxBytes = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): readonly FrameEvent[] {
    const events: FrameEvent[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) break;
      this.#take(chunk.subarray(start, end));
      events.push(this.#finish());
      start = end + 1;
    }
    if (start < chunk.length) this.#take(chunk.subarray(start));
    return events;
  }

  end(): readonly FrameEvent[] {
    if (this.#overflow !== null) return [this.#finish()];
    const rest = this.#length > 0;
    this.#reset();
    return rest ? [{ kind: 'cut off' }] : [];
  }

  #take(bytes: Uint8Array): void {
    if (this.#overflow !== null) {
      const kept = Buffer.concat([this.#overflow.tail, bytes.subarray(-KEPT_OF_OVERSIZE_BYTES)]);
      this.#overflow.tail = kept.subarray(-KEPT_OF_OVERSIZE_BYTES);
      return;
    }
    this.#parts.push(bytes);
    this.#length += bytes.length;
    if (this.#length <= this.#maxBytes + 1) return;
    const whole = Buffer.concat(this.#parts);
    this.#overflow = {
      head: whole.subarray(0, KEPT_OF_OVERSIZE_BYTES).toString('latin1'),
      tail: whole.subarray(-KEPT_OF_OVERSIZE_BYTES),
    };
    this.#parts = [];
  }

  #finish(): FrameEvent {
    const overflow = this.#overflow;
    const raw = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#reset();
    if (overflow !== null) {
      return {
        kind: 'oversize',
        head: overflow.head,
        tail: Buffer.from(overflow.tail).toString('latin1'),
      };
    }
    const line = raw ?? new Uint8Array();
    const bytes = line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
    return { kind: 'message', bytes, raw: line };
  }

  #reset(): void {
    this.#parts = [];
    this.#length = 0;
    this.#overflow = null;
  }
}

const END_OF_LINE = Buffer.from('\n');

/** A message as it goes on the wire. */
export function frameLine(message: Uint8Array): Buffer {
  return Buffer.concat([message, END_OF_LINE]);
}
