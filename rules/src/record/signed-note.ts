/**
 * Signed notes (C2SP signed-note): text, an empty line, signature lines.
 * The text of a note must never be used before `openNote` found a valid signature of a known key.
 */

import { decodeBase64, encodeBase64 } from './base64.ts';
import { isKeyName, toKeyId, toKeyIdText } from './note-key.ts';
import type { NoteVerifier } from './note-key.ts';

/** A checkpoint is some hundred bytes; witnesses with post-quantum signatures add about 5 kB each. */
const MAX_NOTE_LENGTH = 256 * 1024;

/** The specification asks for at least 16. */
const MAX_SIGNATURES = 32;

/** The key id stands before the signature. */
const KEY_ID_BYTES = 4;

/** One signature line, not verified. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A note in its parts, nothing verified. */
export interface ParsedNote {
  /** With its final newline: exactly what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export type NoteParseResult =
  | { readonly ok: true; readonly note: ParsedNote }
  | { readonly ok: false; readonly problem: string };

/** A note whose text may be used. */
export type OpenedNote =
  | { readonly ok: true; readonly text: string; readonly signers: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** What signs notes: a name, a public key of 32 bytes, and Ed25519 over the bytes it is given. */
export interface NoteSigner {
  readonly name: string;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/**
 * Signs a text.
 * @param text ends with a newline, holds no other control characters
 * @throws RangeError when text or name cannot stand in a note
 */
export function signNote(text: string, signer: NoteSigner): string {
  const problem = problemOfText(text);
  if (problem !== null) throw new RangeError(problem);
  if (!isKeyName(signer.name)) throw new RangeError('the signer has no proper name');
  const id = Buffer.alloc(KEY_ID_BYTES);
  id.writeUInt32BE(toKeyId(signer.name, signer.publicKey));
  const signature = signer.sign(Buffer.from(text, 'utf8'));
  return `${text}\n— ${signer.name} ${encodeBase64(Buffer.concat([id, signature]))}\n`;
}

/** Takes a note apart without verifying anything. */
export function parseNote(note: string): NoteParseResult {
  if (note.length > MAX_NOTE_LENGTH) return refuse('the note is too long');
  const problem = problemOfText(note);
  if (problem !== null) return refuse(problem);
  const cut = note.lastIndexOf('\n\n');
  if (cut < 0) return refuse('the note has no empty line before its signatures');
  const lines = note.slice(cut + 2).split('\n');
  // The last line ends with a newline, so that nothing stands behind it.
  lines.pop();
  if (lines.length === 0) return refuse('the note has no signature');
  if (lines.length > MAX_SIGNATURES) return refuse('the note has too many signatures');
  const signatures = lines.map(parseSignature);
  const bad = signatures.indexOf(null);
  if (bad >= 0) return refuse(`signature line ${bad + 1} is malformed`);
  return {
    ok: true,
    note: {
      text: note.slice(0, cut + 1),
      signatures: signatures.filter((signature) => signature !== null),
    },
  };
}

/**
 * Opens a note. Signatures of unknown keys are ignored; a wrong signature of a known key refuses the note,
 * and so does the lack of any valid one.
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const message = Buffer.from(parsed.note.text, 'utf8');
  const signers: string[] = [];
  for (const { name, keyId, signature } of parsed.note.signatures) {
    const known = verifiers.filter((one) => one.name === name && one.keyId === keyId);
    for (const verifier of known) {
      if (!verifier.verify(message, signature)) {
        return refuse(`the signature of \`${name}+${toKeyIdText(keyId)}\` is wrong`);
      }
      signers.push(name);
    }
  }
  if (signers.length === 0) return refuse('the note has no signature of a known key');
  return { ok: true, text: parsed.note.text, signers };
}

function parseSignature(line: string): NoteSignature | null {
  const match = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
  const [, name, encoded] = match ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) return null;
  const bytes = decodeBase64(encoded);
  if (bytes === null || bytes.length <= KEY_ID_BYTES) return null;
  return { name, keyId: bytes.readUInt32BE(0), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** What keeps a text from standing in a note, or null. */
function problemOfText(text: string): string | null {
  if (!text.isWellFormed()) return 'the note is not valid UTF-8';

  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) return 'the note holds a control character';
  if (!text.endsWith('\n')) return 'the note does not end with a newline';
  return null;
}

function refuse(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
