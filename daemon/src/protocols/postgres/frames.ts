/**
 * Cuts what a client sends into frames, however the transport cut it.
 * It judges lengths and types at the header, before anything of the body is kept, and never keeps more than
 * the cap of one frame. It does not know what a message means.
 * CopyData is handed on in slices as it comes: a COPY costs no memory.
 */

import {
  FRAME_HEADER_BYTES,
  MAX_BIND_LENGTH,
  MAX_COPY_DATA_LENGTH,
  MAX_FUNCTION_CALL_LENGTH,
  MAX_PARSE_LENGTH,
  MAX_PASSWORD_MESSAGE_BYTES,
  MAX_QUERY_LENGTH,
  MAX_SMALL_MESSAGE_BYTES,
  MAX_STARTUP_BYTES,
  MIN_LENGTH_FIELD,
} from './limits.ts';

/** First byte of a TLS record that holds a ClientHello (RFC 8446, 5.1): a client that starts TLS without asking. */
const TLS_HANDSHAKE_RECORD = 0x16;

/** A startup packet holds at least its length and a code. */
const MIN_STARTUP_BYTES = 8;

/** What the framer cuts off. Buffers are views of what was pushed: they are not to be written to. */
export type ClientFrame =
  /** A packet without type byte: startup, or a request for encryption or cancellation. Length field included. */
  | { readonly kind: 'startup'; readonly raw: Buffer }
  /** The client starts TLS directly. All bytes are still in the framer: see `takeRest`. */
  | { readonly kind: 'tls hello' }
  /** A whole typed message, header included. */
  | { readonly kind: 'message'; readonly type: number; readonly raw: Buffer }
  /** A piece of a CopyData message, header included in the first piece. */
  | { readonly kind: 'copy data'; readonly slice: Buffer; readonly last: boolean }
  /** A statement longer than is ever parsed. Its bytes are thrown away, the frames after it are sound. */
  | { readonly kind: 'oversize statement'; readonly type: number; readonly length: number }
  /** The stream cannot be read any further. */
  | { readonly kind: 'problem'; readonly problem: string }
  /** A message is longer than is ever taken; the stream is not read any further. */
  | { readonly kind: 'too large' };

/** What a type byte is allowed to be followed by. */
interface FrameRule {
  readonly least: number;
  readonly most: number;
  readonly oversize: 'problem' | 'statement';
}

const BODYLESS: FrameRule = { least: 4, most: 4, oversize: 'problem' };
const NAMED: FrameRule = { least: 5, most: MAX_SMALL_MESSAGE_BYTES, oversize: 'problem' };

/** Message types of the frontend (protocol 55.7). A type that is not here closes the connection. */
const RULES: ReadonlyMap<number, FrameRule> = new Map([
  [code('Q'), { least: 5, most: MAX_QUERY_LENGTH, oversize: 'statement' }],
  [code('P'), { least: 8, most: MAX_PARSE_LENGTH, oversize: 'statement' }],
  [code('B'), { least: 12, most: MAX_BIND_LENGTH, oversize: 'problem' }],
  [code('D'), { ...NAMED, least: 6 }],
  [code('E'), { ...NAMED, least: 9 }],
  [code('C'), { ...NAMED, least: 6 }],
  [code('H'), BODYLESS],
  [code('S'), BODYLESS],
  [code('X'), BODYLESS],
  [code('c'), BODYLESS],
  [code('f'), NAMED],
  [code('d'), { least: 4, most: MAX_COPY_DATA_LENGTH, oversize: 'problem' }],
  [code('F'), { least: 14, most: MAX_FUNCTION_CALL_LENGTH, oversize: 'problem' }],
  [code('p'), { least: 4, most: MAX_PASSWORD_MESSAGE_BYTES, oversize: 'problem' }],
]);

const COPY_DATA = code('d');
const NOTHING = Buffer.alloc(0);

/**
 * Incremental framer for the client's side. Feed it with `push`, then call `next` until it gives null.
 * It starts with startup packets; `expectMessages` switches to typed messages once the startup packet is in.
 */
export class ClientFramer {
  #mode: 'startup' | 'messages' = 'startup';
  /** Bytes pushed and not cut yet: `#chunk` from `#at`. */
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** The beginning of a frame that has not come whole; grows by doubling, up to the frame's length. */
  #held: Buffer = NOTHING;
  #heldBytes = 0;
  /** Bytes of a CopyData message still to be handed on, and of an oversize statement still to be thrown away. */
  #copyBytes = 0;
  #skipBytes = 0;
  #broken = false;

  /** Adds what the transport gave. The buffer is kept until it is cut. */
  push(chunk: Buffer): void {
    if (this.#broken) return;
    const left = this.#chunk.length - this.#at;
    this.#chunk = left === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** Bytes that were pushed and have not become a frame. */
  get pending(): number {
    return this.#heldBytes + this.#chunk.length - this.#at;
  }

  /** From here on frames have a type byte. */
  expectMessages(): void {
    this.#mode = 'messages';
  }

  /** Hands out every byte that is not cut yet and forgets it: they belong to TLS. */
  takeRest(): Buffer {
    const rest = Buffer.concat([
      this.#held.subarray(0, this.#heldBytes),
      this.#chunk.subarray(this.#at),
    ]);
    this.#forget();
    return rest;
  }

  /** The next frame, or null when more bytes are needed. After a `problem` there is nothing more. */
  next(): ClientFrame | null {
    if (this.#broken) return null;
    if (this.#copyBytes > 0) return this.#nextCopySlice();
    this.#dropSkipped();
    if (this.pending === 0 || this.#skipBytes > 0) return null;
    return this.#mode === 'startup' ? this.#nextStartup() : this.#nextMessage();
  }

  #nextStartup(): ClientFrame | null {
    const first = this.#byteAt(0);
    if (first === TLS_HANDSHAKE_RECORD) return { kind: 'tls hello' };
    // A length below the cap begins with two zero bytes: anything else is another protocol, and is told at once.
    if (first !== 0 || (this.pending > 1 && this.#byteAt(1) !== 0)) {
      return this.#fail('the first bytes are not a PostgreSQL startup packet');
    }
    if (!this.#has(MIN_LENGTH_FIELD)) return null;
    const length = this.#lengthAt(0);
    if (length < MIN_STARTUP_BYTES || length > MAX_STARTUP_BYTES) {
      return this.#fail('the startup packet has an impossible length');
    }
    return this.#has(length) ? { kind: 'startup', raw: this.#take(length) } : null;
  }

  #nextMessage(): ClientFrame | null {
    const type = this.#byteAt(0);
    const rule = RULES.get(type);
    if (rule === undefined) return this.#fail('a message has an unknown type');
    if (!this.#has(FRAME_HEADER_BYTES)) return null;
    const length = this.#lengthAt(1);
    if (length < rule.least) return this.#fail('a message is shorter than its type allows');
    if (length > rule.most) return this.#oversize(type, length, rule);
    if (type === COPY_DATA) {
      this.#copyBytes = length + 1;
      return this.#nextCopySlice();
    }
    return this.#has(length + 1) ? { kind: 'message', type, raw: this.#take(length + 1) } : null;
  }

  #oversize(type: number, length: number, rule: FrameRule): ClientFrame {
    if (rule.oversize === 'problem' || length > MAX_COPY_DATA_LENGTH) {
      this.#fail('');
      return { kind: 'too large' };
    }
    this.#skipBytes = length + 1;
    this.#dropSkipped();
    return { kind: 'oversize statement', type, length };
  }

  #nextCopySlice(): ClientFrame | null {
    const size = Math.min(this.#copyBytes, this.pending);
    if (size === 0) return null;
    const slice = this.#take(size);
    this.#copyBytes -= size;
    return { kind: 'copy data', slice, last: this.#copyBytes === 0 };
  }

  #dropSkipped(): void {
    if (this.#skipBytes === 0) return;
    const size = Math.min(this.#skipBytes, this.pending);
    if (size > 0) this.#discard(size);
    this.#skipBytes -= size;
  }

  /** Whether the first `bytes` bytes are there. When not, what is there moves into `#held`, so that the chunk can go. */
  #has(bytes: number): boolean {
    if (this.pending >= bytes) return true;
    this.#hold(this.#chunk.length - this.#at, bytes);
    return false;
  }

  /** SECURITY(P-17): moves `size` bytes of the chunk behind what is held. `wanted` is all that will ever be held for this frame. */
  #hold(size: number, wanted: number): void {
    const needed = this.#heldBytes + size;
    if (needed > this.#held.length) {
      // Doubling keeps copying linear; what is reserved follows what really came, not what the header claims.
      const room = Math.min(Math.max(needed * 2, 64), Math.max(wanted, needed));
      const grown = Buffer.allocUnsafeSlow(room);
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    this.#chunk.copy(this.#held, this.#heldBytes, this.#at, this.#at + size);
    this.#heldBytes = needed;
    this.#at += size;
  }

  /** Cuts off the first `size` bytes; they must be there. No copy when the chunk holds them whole. */
  #take(size: number): Buffer {
    if (this.#heldBytes === 0) {
      const whole = this.#chunk.subarray(this.#at, this.#at + size);
      this.#at += size;
      return whole;
    }
    if (size > this.#heldBytes) this.#hold(size - this.#heldBytes, size);
    const taken = this.#held.subarray(0, size);
    const left = this.#held.subarray(size, this.#heldBytes);
    this.#held = left;
    this.#heldBytes = left.length;
    return taken;
  }

  #discard(size: number): void {
    const held = Math.min(size, this.#heldBytes);
    this.#held = this.#held.subarray(held);
    this.#heldBytes -= held;
    this.#at += size - held;
  }

  #byteAt(index: number): number {
    const value =
      index < this.#heldBytes ? this.#held[index] : this.#chunk[this.#at + index - this.#heldBytes];
    return value ?? 0;
  }

  #lengthAt(index: number): number {
    return (
      this.#byteAt(index) * 0x100_0000 +
      ((this.#byteAt(index + 1) << 16) | (this.#byteAt(index + 2) << 8) | this.#byteAt(index + 3))
    );
  }

  #fail(problem: string): ClientFrame {
    this.#broken = true;
    this.#forget();
    return { kind: 'problem', problem };
  }

  #forget(): void {
    this.#held = NOTHING;
    this.#heldBytes = 0;
    this.#chunk = NOTHING;
    this.#at = 0;
  }
}

function code(letter: string): number {
  return letter.charCodeAt(0);
}
