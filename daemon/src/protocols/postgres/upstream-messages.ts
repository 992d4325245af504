/**
 * The bytes that we send to a real server before a conversation exists, and the few of its messages
 * that carry something for us (protocol 3.0 and 3.2, PostgreSQL manual chapter 54).
 */

import { PROTOCOL_3_0, PROTOCOL_3_2 } from './startup.ts';

/** 1234.5679: asks for TLS. */
const SSL_REQUEST_CODE = 80_877_103;
/** 1234.5678: asks to cancel what another connection runs. */
const CANCEL_REQUEST_CODE = 80_877_102;

/** What a later CancelRequest has to name. */
export interface BackendKey {
  readonly pid: number;
  readonly secret: Buffer;
}

/** A typed message: letter, length, body. */
function message(type: string, ...body: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(type, 'latin1'), withLength(...body)]);
}

/** A packet without a type: length, body. */
function withLength(...body: readonly Buffer[]): Buffer {
  return Buffer.concat([int32(4 + body.reduce((sum, part) => sum + part.length, 0)), ...body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8');
}

export function sslRequest(): Buffer {
  return withLength(int32(SSL_REQUEST_CODE));
}

export function cancelRequest(key: BackendKey): Buffer {
  return withLength(int32(CANCEL_REQUEST_CODE), int32(key.pid), key.secret);
}

/** @param parameters in order; `user` first by custom */
export function startupMessage(
  protocol: '3.0' | '3.2',
  parameters: readonly (readonly [string, string])[],
): Buffer {
  const pairs = parameters.flatMap(([name, value]) => [cString(name), cString(value)]);
  return withLength(
    int32(protocol === '3.0' ? PROTOCOL_3_0 : PROTOCOL_3_2),
    ...pairs,
    Buffer.alloc(1),
  );
}

/** PasswordMessage: a clear or hashed password, with its end mark. */
export function passwordMessage(password: string): Buffer {
  return message('p', cString(password));
}

export function saslInitialResponse(mechanism: string, clientFirst: string): Buffer {
  const data = Buffer.from(clientFirst, 'utf8');
  return message('p', cString(mechanism), int32(data.length), data);
}

export function saslResponse(text: string): Buffer {
  return message('p', Buffer.from(text, 'utf8'));
}

/** Zero-terminated strings that fill the body, or null when the last one has no end mark. */
export function readStrings(body: Buffer): readonly string[] | null {
  if (body.length === 0) return [];
  if (body.at(-1) !== 0) return null;
  return body.subarray(0, -1).toString('utf8').split('\0');
}

/**
 * The SQLSTATE of an ErrorResponse, and nothing else of it: its text may quote statements and values.
 * Null when the server gives none that looks like one.
 */
export function readSqlState(body: Buffer): string | null {
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end < 0) return null;
    if (body[at] === 0x43) {
      const code = body.toString('latin1', at + 1, end);
      return /^[0-9A-Z]{5}$/.test(code) ? code : null;
    }
    at = end + 1;
  }
  return null;
}
