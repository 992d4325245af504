/**
 * Runs over what the server sends and passes it on untouched, in as few and as large slices as possible.
 * Only headers are read, and the bodies of the few small messages that the conversation must know.
 * DataRow and CopyData cost a header each and are never kept.
 */

import {
  ERROR_PREFIX_BYTES,
  FRAME_HEADER_BYTES,
  MAX_BACKEND_LENGTH,
  MAX_COMMAND_TAG_BYTES,
  MAX_EDITED_BYTES,
  MAX_OWN_ROW_BYTES,
  MAX_PARAMETER_STATUS_BYTES,
  MIN_LENGTH_FIELD,
} from './limits.ts';

/** What becomes of one message: passed on, taken out, taken out with our own bytes in its place, or the end of it all. */
export type Disposition = 'forward' | 'swallow' | 'stop' | Buffer;

/**
 * Where a message goes that is passed on: to the client, into the hold of a measured statement until it is decided, or to
 * nobody but the observer, because a statement of our own is answered. It changes between messages only.
 */
export type Sink = 'client' | 'hold' | 'own';

/** Whoever has to know of the server's messages. */
export interface BackendObserver {
  /** Where the next message goes. */
  readonly sink: Sink;
  /** Whether a DataRow fits what the server was asked. */
  readonly rowsFit: boolean;
  /** Whether a message of that type is seen whole, rows included, so that another can take its place. Default: none. */
  wantsWhole?(type: number): boolean;
  /** Whether a CopyData fits. */
  readonly copyDataFits: boolean;
  /**
   * Called for every other message, in order, when the part of it that matters is there.
   * @param type the type byte
   * @param body as much of the body as is read for this type (see BODY_BYTES); valid only during the call
   */
  seen(type: number, body: Buffer): Disposition;
}

const DATA_ROW = 0x44; // D
const COPY_DATA = 0x64; // d

/** How much of a body is waited for, and whether a longer one is refused. Types not listed are told by their header alone. */
const BODY_BYTES: ReadonlyMap<number, { readonly bytes: number; readonly whole: boolean }> =
  new Map([
    [0x43, { bytes: MAX_COMMAND_TAG_BYTES, whole: true }], // C CommandComplete
    [0x5a, { bytes: 1, whole: true }], // Z ReadyForQuery
    [0x53, { bytes: MAX_PARAMETER_STATUS_BYTES, whole: true }], // S ParameterStatus
    [0x45, { bytes: ERROR_PREFIX_BYTES, whole: false }], // E ErrorResponse
  ]);

/** A NotificationResponse and a ParameterStatus answer nothing, so they go on at once whatever is held. */
const FOR_CLIENT = new Set([0x41, 0x53]);

const EDITED = { bytes: MAX_EDITED_BYTES, whole: true };

const OWN_ROW = { bytes: MAX_OWN_ROW_BYTES, whole: true };

const EMPTY = Buffer.alloc(0);

/** Incremental scanner of the server's side. */
export class BackendScanner {
  readonly #observer: BackendObserver;
  readonly #emit: (slice: Buffer, sink: Sink) => void;
  /** Bytes of the current message that are still to come, and whether they go on. */
  #left = 0;
  #passing = true;
  /** Where the message that is cut at present goes. */
  #sink: Sink = 'client';
  /** Header and body prefix of a message that was cut before it could be judged. */
  #held: Buffer = EMPTY;
  #problem: string | null = null;

  /**
   * @param observer told of messages
   * @param emit takes slices in order, and where they go; they are views of the chunks
   */
  constructor(observer: BackendObserver, emit: (slice: Buffer, sink: Sink) => void) {
    this.#observer = observer;
    this.#emit = emit;
  }

  /** True when the client has been given whole messages only, so that one of ours may follow. */
  get atBoundary(): boolean {
    return this.#left === 0 || !this.#passing || this.#sink !== 'client';
  }

  /** Takes one chunk. Gives a problem when the stream makes no sense or the observer stopped it; nothing more is passed on then. */
  scan(chunk: Buffer): string | null {
    if (this.#problem !== null) return this.#problem;
    let rest = chunk;
    while (this.#held.length > 0 && rest.length > 0) {
      // Only what the cut message lacks is joined to it; the bulk of the chunk stays where it is.
      const lacking = Math.min(this.#lacking(), rest.length);
      const joined = Buffer.concat([this.#held, rest.subarray(0, lacking)]);
      this.#held = EMPTY;
      rest = rest.subarray(lacking);
      this.#problem = this.#run(joined);
      if (this.#problem !== null) return this.#problem;
    }
    if (rest.length > 0) this.#problem = this.#run(rest);
    return this.#problem;
  }

  /** Bytes that what is held needs to be judged: the rest of the header first, then the rest of the body that is read. */
  #lacking(): number {
    const held = this.#held;
    if (held.length < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES - held.length;
    const body = held.readUInt32BE(1) - MIN_LENGTH_FIELD;
    const read = Math.min(body, this.#wanted(held[0] ?? 0)?.bytes ?? 0);
    return FRAME_HEADER_BYTES + read - held.length;
  }

  /** How much of a body is read. Rows that answer a statement of ours are read whole. */
  #wanted(type: number): { readonly bytes: number; readonly whole: boolean } | undefined {
    if (type === DATA_ROW && this.#observer.sink === 'own') return OWN_ROW;
    if (this.#observer.wantsWhole?.(type) === true) return EDITED;
    return BODY_BYTES.get(type);
  }

  #run(chunk: Buffer): string | null {
    const end = chunk.length;
    /** Everything from here to `at` goes on in one slice. */
    let from = 0;
    let at = 0;
    if (this.#left > 0) {
      at = Math.min(this.#left, end);
      this.#left -= at;
      if (!this.#passing) from = at;
    }
    while (end - at >= FRAME_HEADER_BYTES) {
      const type = chunk[at] ?? 0;
      const length = chunk.readUInt32BE(at + 1);
      if (length < MIN_LENGTH_FIELD || length > MAX_BACKEND_LENGTH) {
        return this.#stop(chunk.subarray(from, at), 'a server message has an impossible length');
      }
      const sink = FOR_CLIENT.has(type) ? 'client' : this.#observer.sink;
      if (sink !== this.#sink) {
        this.#pass(chunk.subarray(from, at));
        from = at;
        this.#sink = sink;
      }
      const edited = type === DATA_ROW && this.#observer.wantsWhole?.(type) === true;
      if (type === COPY_DATA || (type === DATA_ROW && sink !== 'own' && !edited)) {
        if (!(type === DATA_ROW ? this.#observer.rowsFit : this.#observer.copyDataFits)) {
          return this.#stop(chunk.subarray(from, at), 'the server sent data nobody asked for');
        }
        at = this.#advance(at, length + 1, end, true);
        continue;
      }
      const wanted = this.#wanted(type);
      const bodyBytes = wanted === undefined ? 0 : Math.min(length - 4, wanted.bytes);
      if (wanted?.whole === true && length - 4 > wanted.bytes) {
        return this.#stop(
          chunk.subarray(from, at),
          'a server message is longer than its type allows',
        );
      }
      const bodyAt = at + FRAME_HEADER_BYTES;
      if (end - bodyAt < bodyBytes) break;
      const disposition = this.#observer.seen(type, chunk.subarray(bodyAt, bodyAt + bodyBytes));
      const start = at;
      at = this.#advance(at, length + 1, end, disposition === 'forward');
      if (disposition === 'forward') continue;
      this.#pass(chunk.subarray(from, start));
      from = at;
      if (disposition === 'stop') return 'stopped';
      if (disposition !== 'swallow') this.#pass(disposition);
    }
    this.#pass(chunk.subarray(from, at));
    // A copy, so that a small remainder does not keep the transport's large buffer alive.
    if (at < end) this.#held = Buffer.from(chunk.subarray(at));
    return null;
  }

  /** Steps over one message of `size` bytes that starts at `at`; what lies beyond the chunk is remembered. */
  #advance(at: number, size: number, end: number, passing: boolean): number {
    const next = at + size;
    if (next <= end) return next;
    this.#left = next - end;
    this.#passing = passing;
    return end;
  }

  #stop(before: Buffer, problem: string): string {
    this.#pass(before);
    return problem;
  }

  #pass(slice: Buffer): void {
    if (slice.length > 0) this.#emit(slice, this.#sink);
  }
}
