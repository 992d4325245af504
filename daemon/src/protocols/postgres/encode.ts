/**
 * Builds the messages that the guard itself sends, to either side. Each function gives one whole message.
 * It knows no sentence and no decision: see `replies.ts` for those.
 */

import type { TransactionStatus } from './backend-messages.ts';

/** Fields of an ErrorResponse (protocol 55.8). */
export interface ErrorFields {
  readonly severity: 'ERROR' | 'FATAL';
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

/** Authentication requests of a server (protocol 55.7). */
export const AUTHENTICATION = { ok: 0, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

/** 'N' and 'S': the one-byte answers to a request for encryption. */
export const DECLINE_ENCRYPTION = Buffer.from('N');
export const ACCEPT_ENCRYPTION = Buffer.from('S');

/** Type and length. */
const MESSAGE_HEADER_BYTES = 5;

export const FLUSH_MESSAGE = message('H');
export const SYNC_MESSAGE = message('S');
export const TERMINATE_MESSAGE = message('X');

export function encodeError(fields: ErrorFields): Buffer {
  const parts = [
    `S${fields.severity}`,
    `V${fields.severity}`,
    `C${fields.code}`,
    `M${fields.message}`,
  ];
  if (fields.detail !== undefined) parts.push(`D${fields.detail}`);
  if (fields.hint !== undefined) parts.push(`H${fields.hint}`);
  // A NUL would end the field early and let the rest be read as further fields.
  const body = parts.map((part) => `${part.replaceAll('\0', ' ')}\0`).join('');
  return message('E', Buffer.from(`${body}\0`));
}

export function encodeAuthentication(kind: number, data: Buffer = Buffer.alloc(0)): Buffer {
  return message('R', uint32(kind), data);
}

/** AuthenticationSASL: the mechanisms that are offered. */
export function encodeSaslMechanisms(mechanisms: readonly string[]): Buffer {
  const list = mechanisms.map((mechanism) => `${mechanism}\0`).join('');
  return encodeAuthentication(AUTHENTICATION.sasl, Buffer.from(`${list}\0`));
}

export function encodeParameterStatus(name: string, value: string): Buffer {
  return message('S', Buffer.from(`${name}\0${value}\0`));
}

export function encodeBackendKeyData(processId: number, secret: Buffer): Buffer {
  return message('K', uint32(processId), secret);
}

export function encodeReadyForQuery(status: TransactionStatus): Buffer {
  const letter = { idle: 'I', 'in transaction': 'T', failed: 'E' }[status];
  return message('Z', Buffer.from(letter));
}

/**
 * NegotiateProtocolVersion.
 * @param version newest version we speak, as the startup packet writes versions
 * @param options protocol options of the client that are not known here
 */
export function encodeNegotiate(version: number, options: readonly string[]): Buffer {
  const names = options.map((name) => Buffer.from(`${name}\0`));
  return message('v', uint32(version), uint32(options.length), ...names);
}

export function encodeQuery(text: string): Buffer {
  return message('Q', Buffer.from(`${text}\0`));
}

/**
 * A Parse with another text.
 * @param raw the message, whose name and parameter types stay as they are
 * @param old its text
 */
export function encodeParseAgain(raw: Buffer, old: string, text: string): Buffer {
  const nameEnd = raw.indexOf(0, MESSAGE_HEADER_BYTES) + 1;
  const typesAt = nameEnd + Buffer.byteLength(old) + 1;
  const name = raw.subarray(MESSAGE_HEADER_BYTES, nameEnd);
  return message('P', name, Buffer.from(`${text}\0`), raw.subarray(typesAt));
}

/**
 * A Describe of the portal that an Execute names.
 * @param execute the message
 */
export function encodeDescribeOf(execute: Buffer): Buffer {
  const end = execute.indexOf(0, MESSAGE_HEADER_BYTES) + 1;
  return message('D', Buffer.from('P'), execute.subarray(MESSAGE_HEADER_BYTES, end));
}

/** Any message by its letter. */
export function encodeMessage(type: string, body: Buffer): Buffer {
  return message(type, body);
}

/** Parse without parameter types. */
export function encodeParse(name: string, text: string): Buffer {
  return message('P', Buffer.from(`${name}\0${text}\0\0\0`));
}

/** Name of the prepared statement and portal that carry a statement of ours. Closed at once, and refused when it is taken. */
const OWN_NAME = 'agentguard measures';

/**
 * A statement of our own as messages of the extended protocol, which the server skips when something before them failed.
 * It is answered by ParseComplete, BindComplete, rows as text, CommandComplete and two CloseComplete.
 */
export function encodeOwnStatement(sql: string): Buffer {
  return Buffer.concat([
    encodeParse(OWN_NAME, sql),
    message('B', Buffer.from(`${OWN_NAME}\0${OWN_NAME}\0\0\0\0\0\0\0`)),
    message('E', Buffer.from(`${OWN_NAME}\0\0\0\0\0`)),
    message('C', Buffer.from(`P${OWN_NAME}\0`)),
    message('C', Buffer.from(`S${OWN_NAME}\0`)),
  ]);
}

function message(type: string, ...body: readonly Buffer[]): Buffer {
  const length = body.reduce((sum, part) => sum + part.length, 4);
  return Buffer.concat([Buffer.from(type), uint32(length), ...body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
