/**
 * Looks at the first message of TLS without taking part: whom it asks for, and for which protocol.
 * INVARIANT: bounded, never throws, and what is not exactly a ClientHello (RFC 8446 section 4.1.2) is refused, since a
 * server may read it in another way than this file does.
 */

import { MAX_CLIENT_HELLO_BYTES } from './limits.ts';

/** What a ClientHello says in the clear. */
export interface ClientHello {
  /** The name of the server, as the client wrote it; null when there is none. */
  readonly serverName: string | null;
  /** Application protocols on offer (RFC 7301), as Latin-1; empty when none is. */
  readonly protocols: readonly string[];
  /** Something is said under encryption only (encrypted client hello): another server name, above all. */
  readonly encrypted: boolean;
}

export type Peeked =
  /** So far it could become a ClientHello. */
  | { readonly kind: 'more' }
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  | { readonly kind: 'refused'; readonly reason: string };

const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_HEADER_BYTES = 4;
const CONTENT_HANDSHAKE = 22;
const MESSAGE_CLIENT_HELLO = 1;
/** RFC 8446 section 5.1. */
const MAX_RECORD_BYTES = 16_384;
const RANDOM_BYTES = 32;
const MAX_SESSION_ID_BYTES = 32;

/** Extension numbers (IANA, TLS ExtensionType Values). The last is of RFC 9849, with the numbers that drafts used. */
const SERVER_NAME = 0;
const APPLICATION_PROTOCOLS = 16;
const ENCRYPTED_CLIENT_HELLO = new Set([
  0xfe0d, 0xfe0c, 0xfe0b, 0xfe0a, 0xfe09, 0xfe08, 0xff02, 0xff03, 0xffce,
]);
const NAME_TYPE_HOST = 0;

/** Something in it is not as the specification has it. */
class Malformed extends Error {}

/**
 * Reads what a client sent so far.
 * @param bytes everything since the tunnel was opened, from its first byte
 */
export function peekClientHello(bytes: Buffer): Peeked {
  try {
    const message = gatherMessage(bytes);
    return message === null ? { kind: 'more' } : { kind: 'hello', hello: readHello(message) };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

/** The handshake message, put together from its records; null while it is not complete. */
function gatherMessage(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  let gathered = 0;
  for (let at = 0; at < bytes.length;) {
    judgeRecordHeader(bytes.subarray(at, at + RECORD_HEADER_BYTES));
    if (bytes.length < at + RECORD_HEADER_BYTES) return null;
    const end = at + RECORD_HEADER_BYTES + bytes.readUInt16BE(at + 3);
    const part = bytes.subarray(at + RECORD_HEADER_BYTES, end);
    parts.push(part);
    gathered += part.length;
    const size = sizeOfMessage(parts, gathered);
    if (size !== null && gathered > size)
      throw new Malformed('something stands behind the first TLS message');
    if (bytes.length < end) return null;
    if (size === gathered) return Buffer.concat(parts);
    at = end;
  }
  return null;
}

/** Judges as much of a header as is there, so that what is not TLS is known from its first byte. */
function judgeRecordHeader(header: Buffer): void {
  const [type, major, minor] = header;
  if (type !== undefined && type !== CONTENT_HANDSHAKE) throw new Malformed('it is not TLS');
  if (major !== undefined && major !== 3) throw new Malformed('it is not TLS');
  if (minor !== undefined && minor > 4) throw new Malformed('it is not TLS');
  if (header.length < RECORD_HEADER_BYTES) return;
  const length = header.readUInt16BE(3);
  if (length === 0 || length > MAX_RECORD_BYTES)
    throw new Malformed('a TLS record has an impossible length');
}

/** Size of the whole message with its header; null while too little is there to know. */
function sizeOfMessage(parts: readonly Buffer[], gathered: number): number | null {
  const start =
    gathered < HANDSHAKE_HEADER_BYTES || parts.length > 1 ? Buffer.concat(parts) : parts[0];
  if (start === undefined || start.length === 0) return null;
  if (start[0] !== MESSAGE_CLIENT_HELLO)
    throw new Malformed('TLS does not begin with a ClientHello');
  if (start.length < HANDSHAKE_HEADER_BYTES) return null;
  const size = HANDSHAKE_HEADER_BYTES + start.readUIntBE(1, 3);
  if (size > MAX_CLIENT_HELLO_BYTES) throw new Malformed('the ClientHello is too large');
  return size;
}

function readHello(message: Buffer): ClientHello {
  const reader = new Reader(message.subarray(HANDSHAKE_HEADER_BYTES));
  reader.skip(2 + RANDOM_BYTES);
  if (reader.vector(1).length > MAX_SESSION_ID_BYTES)
    throw new Malformed('the session id is too long');
  const suites = reader.vector(2);
  if (suites.length === 0 || suites.length % 2 !== 0)
    throw new Malformed('the list of ciphers is malformed');
  if (reader.vector(1).length === 0) throw new Malformed('the list of compressions is empty');
  // Before TLS 1.2 extensions could be missing altogether, and with them the name.
  if (reader.isDone()) return { serverName: null, protocols: [], encrypted: false };
  const extensions = readExtensions(reader.vector(2));
  if (!reader.isDone()) throw new Malformed('something stands behind the extensions');
  return {
    serverName: readServerName(extensions.get(SERVER_NAME)),
    protocols: readProtocols(extensions.get(APPLICATION_PROTOCOLS)),
    encrypted: [...extensions.keys()].some((type) => ENCRYPTED_CLIENT_HELLO.has(type)),
  };
}

function readExtensions(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  const reader = new Reader(bytes);
  while (!reader.isDone()) {
    const type = reader.number(2);
    const value = reader.vector(2);
    // RFC 8446 section 4.2 forbids it; two readers could take different ones.
    if (found.has(type)) throw new Malformed('an extension stands there twice');
    found.set(type, value);
  }
  return found;
}

/** RFC 6066 section 3: a list of names, of which only one host name makes sense. */
function readServerName(value: Buffer | undefined): string | null {
  if (value === undefined) return null;
  const outer = new Reader(value);
  const list = new Reader(outer.vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  if (!outer.isDone() || !list.isDone() || type !== NAME_TYPE_HOST || name.length === 0) {
    throw new Malformed('the server name is malformed');
  }
  return name.toString('latin1');
}

function readProtocols(value: Buffer | undefined): readonly string[] {
  if (value === undefined) return [];
  const outer = new Reader(value);
  const list = new Reader(outer.vector(2));
  const protocols: string[] = [];
  while (!list.isDone()) {
    const protocol = list.vector(1);
    if (protocol.length === 0) throw new Malformed('an application protocol has no name');
    protocols.push(protocol.toString('latin1'));
  }
  if (!outer.isDone() || protocols.length === 0)
    throw new Malformed('the application protocols are malformed');
  return protocols;
}

/** Reads forward and never beyond the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  skip(count: number): void {
    this.#take(count);
  }

  number(size: 1 | 2): number {
    return this.#take(size).readUIntBE(0, size);
  }

  /** Bytes with their length before them. */
  vector(lengthBytes: 1 | 2): Buffer {
    return this.#take(this.number(lengthBytes));
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length)
      throw new Malformed('the ClientHello ends too early');
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }
}
