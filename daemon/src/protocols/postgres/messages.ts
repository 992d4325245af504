/**
 * What each message of the client means. Decoding is strict: strings end in NUL and hold valid UTF-8, counts fit the body,
 * nothing is left over. Whoever reads a message in two ways can be shown one thing and run another.
 * Malformed input is a returned problem, never a throw.
 */

import { FIRST_NORMAL_OID } from '@agentguard/rules';
import { isUtf8 } from 'node:buffer';
import { FRAME_HEADER_BYTES } from './limits.ts';

/** Which of the two name spaces Describe and Close speak of. */
export type NamedThing = 'statement' | 'portal';

/** A decoded message of the client after the handshake. CopyData is not among them: it is passed on in slices. */
export type FrontendMessage =
  | { readonly kind: 'query'; readonly text: string }
  | {
      readonly kind: 'parse';
      readonly name: string;
      readonly text: string;
      /** Types that did not come with the server and that the client declared for parameters, by number. */
      readonly parameterTypes: readonly string[];
    }
  | {
      readonly kind: 'bind';
      readonly portal: string;
      readonly statement: string;
      readonly parameters: readonly BoundParameter[];
    }
  | { readonly kind: 'describe'; readonly thing: NamedThing; readonly name: string }
  | { readonly kind: 'execute'; readonly portal: string }
  | { readonly kind: 'close'; readonly thing: NamedThing; readonly name: string }
  | { readonly kind: 'flush' }
  | { readonly kind: 'sync' }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'function call' }
  | { readonly kind: 'copy done' }
  | { readonly kind: 'copy fail' }
  | { readonly kind: 'password' };

/** One parameter value of a Bind. */
export interface BoundParameter {
  readonly binary: boolean;
  /** null for SQL NULL. A view of the frame. */
  readonly value: Buffer | null;
}

export type Decoded<T> =
  { readonly ok: true; readonly message: T } | { readonly ok: false; readonly problem: string };

const FLUSH: Decoded<FrontendMessage> = { ok: true, message: { kind: 'flush' } };
const SYNC: Decoded<FrontendMessage> = { ok: true, message: { kind: 'sync' } };
const TERMINATE: Decoded<FrontendMessage> = { ok: true, message: { kind: 'terminate' } };
const COPY_DONE: Decoded<FrontendMessage> = { ok: true, message: { kind: 'copy done' } };
const FUNCTION_CALL: Decoded<FrontendMessage> = { ok: true, message: { kind: 'function call' } };
const PASSWORD: Decoded<FrontendMessage> = { ok: true, message: { kind: 'password' } };

/**
 * Decodes one whole typed message of the client.
 * @param type the type byte
 * @param raw the message with its header, as the framer cut it
 */
export function decodeFrontend(type: number, raw: Buffer): Decoded<FrontendMessage> {
  switch (type) {
    case 0x51: // Q
      return decodeQuery(raw);
    case 0x50: // P
      return decodeParse(raw);
    case 0x42: // B
      return decodeBind(raw);
    case 0x44: // D
      return decodeNamed('describe', raw);
    case 0x45: // E
      return decodeExecute(raw);
    case 0x43: // C
      return decodeNamed('close', raw);
    case 0x48: // H
      return FLUSH;
    case 0x53: // S
      return SYNC;
    case 0x58: // X
      return TERMINATE;
    case 0x63: // c
      return COPY_DONE;
    case 0x66: // f
      return decodeCopyFail(raw);
    case 0x46: // F: its body is never read, because it is never let through
      return FUNCTION_CALL;
    case 0x70: // p
      return PASSWORD;
    default:
      return problem('a message has an unknown type');
  }
}

/** Reads a body from front to back. Once something does not fit, `ok` stays false and everything reads as empty. */
export class BodyReader {
  readonly #bytes: Buffer;
  #at: number;
  ok = true;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A NUL-terminated string of valid UTF-8. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) return this.#misfit('');
    const slice = this.#bytes.subarray(this.#at, end);
    // SECURITY(P-15): bytes that are not UTF-8 could be lexed by the server in another way than by us.
    if (!isUtf8(slice)) return this.#misfit('');
    this.#at = end + 1;
    return slice.toString('utf8');
  }

  byte(): number {
    return this.#number(1);
  }

  uint16(): number {
    return this.#number(2);
  }

  uint32(): number {
    return this.#number(4);
  }

  /** A view of the next `size` bytes. */
  bytes(size: number): Buffer {
    if (this.left < size) return this.#misfit(this.#bytes.subarray(0, 0));
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  #number(size: 1 | 2 | 4): number {
    if (this.left < size) return this.#misfit(0);
    this.#at += size;
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  #misfit<T>(empty: T): T {
    this.ok = false;
    this.#at = this.#bytes.length;
    return empty;
  }
}

function decodeQuery(raw: Buffer): Decoded<FrontendMessage> {
  const reader = new BodyReader(raw, FRAME_HEADER_BYTES);
  const text = reader.text();
  // SECURITY(P-15): a NUL inside would leave bytes behind it that the server does not read and a person would not see.
  return finish(reader, 'Query', { kind: 'query', text });
}

function decodeParse(raw: Buffer): Decoded<FrontendMessage> {
  const reader = new BodyReader(raw, FRAME_HEADER_BYTES);
  const name = reader.text();
  const text = reader.text();
  const parameterTypes = ownTypes(reader.bytes(reader.uint16() * 4));
  return finish(reader, 'Parse', { kind: 'parse', name, text, parameterTypes });
}

const NO_TYPES: readonly string[] = [];

/** The server's own types run no code of anybody; most clients declare no others. */
function ownTypes(numbers: Buffer): readonly string[] {
  const types = new Set<string>();
  for (let at = 0; at + 4 <= numbers.length; at += 4) {
    const number = numbers.readUInt32BE(at);
    if (number >= FIRST_NORMAL_OID) types.add(String(number));
  }
  return types.size === 0 ? NO_TYPES : [...types];
}

/** The length that stands for SQL NULL, -1 read without sign. */
const NULL_LENGTH = 0xffff_ffff;

function decodeBind(raw: Buffer): Decoded<FrontendMessage> {
  const reader = new BodyReader(raw, FRAME_HEADER_BYTES);
  const portal = reader.text();
  const statement = reader.text();
  const formats = readFormats(reader);
  const count = reader.uint16();
  if (formats.length > 1 && formats.length !== count) {
    return problem('a Bind message has another number of formats than of parameters');
  }
  const parameters: BoundParameter[] = [];
  for (let index = 0; index < count && reader.ok; index += 1) {
    const length = reader.uint32();
    const value = length === NULL_LENGTH ? null : reader.bytes(length);
    const format = formats.length === 1 ? formats[0] : formats[index];
    parameters.push({ binary: format === 1, value });
  }
  readFormats(reader);
  return finish(reader, 'Bind', { kind: 'bind', portal, statement, parameters });
}

function readFormats(reader: BodyReader): readonly number[] {
  const count = reader.uint16();
  const formats: number[] = [];
  for (let index = 0; index < count && reader.ok; index += 1) {
    const format = reader.uint16();
    if (format > 1) reader.ok = false;
    formats.push(format);
  }
  return formats;
}

function decodeNamed(kind: 'describe' | 'close', raw: Buffer): Decoded<FrontendMessage> {
  const reader = new BodyReader(raw, FRAME_HEADER_BYTES);
  const which = reader.byte();
  const name = reader.text();
  if (which !== 0x53 && which !== 0x50) {
    return problem(`a ${kind} message names neither a statement nor a portal`);
  }
  const thing = which === 0x53 ? 'statement' : 'portal';
  return finish(reader, kind, { kind, thing, name });
}

function decodeExecute(raw: Buffer): Decoded<FrontendMessage> {
  const reader = new BodyReader(raw, FRAME_HEADER_BYTES);
  const portal = reader.text();
  reader.uint32();
  return finish(reader, 'Execute', { kind: 'execute', portal });
}

function decodeCopyFail(raw: Buffer): Decoded<FrontendMessage> {
  const reader = new BodyReader(raw, FRAME_HEADER_BYTES);
  reader.text();
  return finish(reader, 'CopyFail', { kind: 'copy fail' });
}

function finish(
  reader: BodyReader,
  what: string,
  message: FrontendMessage,
): Decoded<FrontendMessage> {
  if (reader.ok && reader.left === 0) return { ok: true, message };
  return problem(`a ${what} message is malformed`);
}

function problem(text: string): Decoded<FrontendMessage> {
  return { ok: false, problem: text };
}
