/**
 * Keys of signed notes: names, key ids and the text form that people pass around
 * (`name+id+base64`, as golang.org/x/mod/sumdb/note writes it). Ed25519 only (C2SP signed-note, type 0x01).
 */

import { createPublicKey, hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.ts';

/** Signature type of plain Ed25519 (C2SP signed-note, "Signature types"). */
const ED25519_TYPE = 0x01;

/** RFC 8032 section 5.1.5. */
const ED25519_KEY_BYTES = 32;

/** The bytes before the key in a SubjectPublicKeyInfo (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A name is shown on one line; longer is a mistake. */
const MAX_NAME_LENGTH = 256;

/** A public key that notes are verified with. */
export interface NoteVerifier {
  readonly name: string;
  /** First four bytes of the hash of name, type and key, as an unsigned number. */
  readonly keyId: number;
  /** Whether the signature is this key's over exactly these bytes. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

export type ParsedVerifierKey =
  | { readonly ok: true; readonly verifier: NoteVerifier }
  | { readonly ok: false; readonly problem: string };

/** Whether a text may name a key: not empty, no space of any script, no plus (C2SP signed-note, "Format"). */
export function isKeyName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= MAX_NAME_LENGTH &&
    name.isWellFormed() &&
    !/[\p{White_Space}+\u0000-\u001f\u007f]/u.test(name)
  );
}

/** SHA-256(name || 0x0A || 0x01 || public key), its first four bytes in big-endian order. */
export function toKeyId(name: string, publicKey: Uint8Array): number {
  const input = Buffer.concat([
    Buffer.from(`${name}\n`, 'utf8'),
    Buffer.of(ED25519_TYPE),
    publicKey,
  ]);
  return hash('sha256', input, 'buffer').readUInt32BE(0);
}

/** The key as text: `name+id+base64(0x01 || key)`. */
export function toVerifierKey(name: string, publicKey: Uint8Array): string {
  const id = toKeyIdText(toKeyId(name, publicKey));
  return `${name}+${id}+${encodeBase64(Buffer.concat([Buffer.of(ED25519_TYPE), publicKey]))}`;
}

/** Eight lower-case hexadecimal digits. */
export function toKeyIdText(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

/** Reads the text form of a public key. Refuses whatever is not exactly what `toVerifierKey` writes. */
export function parseVerifierKey(vkey: string): ParsedVerifierKey {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(vkey);
  const [, name, id, encoded] = match ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isKeyName(name)) {
    return refuse('the key is not of the form name+id+base64');
  }
  const bytes = decodeBase64(encoded);
  if (bytes === null) return refuse('the key is not standard base64');
  if (bytes[0] !== ED25519_TYPE) return refuse('the key is of another type than Ed25519');
  const publicKey = bytes.subarray(1);
  if (publicKey.length !== ED25519_KEY_BYTES) return refuse('the key is not 32 bytes long');
  const keyId = toKeyId(name, publicKey);
  if (toKeyIdText(keyId) !== id) return refuse('the id does not belong to this name and key');
  const key = importPublicKey(publicKey);
  if (key === null) return refuse('the key is not an Ed25519 public key');
  return {
    ok: true,
    verifier: {
      name,
      keyId,
      verify: (message, signature) => verify(null, message, key, signature),
    },
  };
}

function importPublicKey(publicKey: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({
      key: Buffer.concat([SPKI_PREFIX, publicKey]),
      format: 'der',
      type: 'spki',
    });
  } catch {
    // The only thing that can be wrong is the key itself.
    return null;
  }
}

function refuse(problem: string): ParsedVerifierKey {
  return { ok: false, problem };
}
