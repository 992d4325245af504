/**
 * Reads startup packets: what kind of request they are, and what they say. Nothing here decides.
 * Codes and layout: protocol 55.7 (StartupMessage, SSLRequest, GSSENCRequest, CancelRequest).
 */

import { BodyReader } from './messages.ts';
import type { Decoded } from './messages.ts';
import { MAX_CANCEL_KEY_BYTES } from './limits.ts';

/** Versions as the startup packet writes them: major in the upper, minor in the lower half. */
export const PROTOCOL_3_0 = 0x0003_0000;
export const PROTOCOL_3_2 = 0x0003_0002;

const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;

/** Body of every packet begins behind its length field. */
const LENGTH_BYTES = 4;

/** A decoded startup packet. */
export type StartupPacket =
  | { readonly kind: 'ssl request' }
  | { readonly kind: 'gssenc request' }
  | { readonly kind: 'cancel request'; readonly processId: number; readonly secret: Buffer }
  | {
      readonly kind: 'startup';
      readonly version: number;
      /** In the order they came; the last one of a name counts, as at the server. */
      readonly parameters: ReadonlyMap<string, string>;
    };

/** Decodes one packet, length field included. */
export function decodeStartup(raw: Buffer): Decoded<StartupPacket> {
  const reader = new BodyReader(raw, LENGTH_BYTES);
  const code = reader.uint32();
  switch (code) {
    case SSL_REQUEST:
      return reader.left === 0 ? { ok: true, message: { kind: 'ssl request' } } : malformed();
    case GSSENC_REQUEST:
      return reader.left === 0 ? { ok: true, message: { kind: 'gssenc request' } } : malformed();
    case CANCEL_REQUEST:
      return decodeCancel(reader);
    default:
      return decodeParameters(reader, code);
  }
}

function decodeCancel(reader: BodyReader): Decoded<StartupPacket> {
  const processId = reader.uint32();
  const size = reader.left;
  if (!reader.ok || size < 4 || size > MAX_CANCEL_KEY_BYTES) return malformed();
  // A copy: it outlives the transport's buffer.
  const secret = Buffer.from(reader.bytes(size));
  return { ok: true, message: { kind: 'cancel request', processId, secret } };
}

function decodeParameters(reader: BodyReader, version: number): Decoded<StartupPacket> {
  if (version >>> 16 !== 3) {
    return { ok: false, problem: 'only version 3 of the PostgreSQL protocol is spoken here' };
  }
  const parameters = new Map<string, string>();
  for (;;) {
    const name = reader.text();
    if (name === '') break;
    parameters.set(name, reader.text());
  }
  if (!reader.ok || reader.left !== 0) return malformed();
  return { ok: true, message: { kind: 'startup', version, parameters } };
}

function malformed(): Decoded<StartupPacket> {
  return { ok: false, problem: 'the startup packet is malformed' };
}
