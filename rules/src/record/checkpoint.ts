/**
 * Checkpoints (C2SP tlog-checkpoint): a signed note that says how long the record was and which root it had.
 */

import { decodeBase64, encodeBase64 } from './base64.ts';
import { HASH_BYTES } from './merkle.ts';
import type { TreeHead } from './merkle.ts';
import type { NoteVerifier } from './note-key.ts';
import { openNote, parseNote, signNote } from './signed-note.ts';
import type { NoteSigner } from './signed-note.ts';

/** What a checkpoint says. */
export interface Checkpoint extends TreeHead {
  /** Which log; the same as the name of its key. */
  readonly origin: string;
  readonly root: Buffer;
  /** Lines this program does not understand. We write none. */
  readonly extensions: readonly string[];
}

export type ParsedCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly problem: string };

/** Signs the head of a tree. The origin is the name of the key. */
export function signCheckpoint(head: TreeHead, signer: NoteSigner): string {
  if (!Number.isSafeInteger(head.size) || head.size < 0 || head.root.length !== HASH_BYTES) {
    throw new RangeError('there is no such tree');
  }
  return signNote(`${signer.name}\n${head.size}\n${encodeBase64(head.root)}\n`, signer);
}

/** Opens a checkpoint: verifies its signature, then its form, then that it belongs to the log of this key. */
export function openCheckpoint(note: string, verifier: NoteVerifier): ParsedCheckpoint {
  const opened = openNote(note, [verifier]);
  if (!opened.ok) return opened;
  const parsed = parseCheckpointText(opened.text);
  if (!parsed.ok) return parsed;
  if (parsed.checkpoint.origin !== verifier.name) {
    return { ok: false, problem: 'the checkpoint is of another log' };
  }
  return parsed;
}

/**
 * What size a checkpoint claims, to put checkpoints in order; null when it is none.
 * Nothing is verified: whoever believes the size must open the checkpoint.
 */
export function readCheckpointSize(note: string): number | null {
  const parsed = parseNote(note);
  if (!parsed.ok) return null;
  const text = parseCheckpointText(parsed.note.text);
  return text.ok ? text.checkpoint.size : null;
}

/** Reads the text of a checkpoint, which must come out of an opened note. */
export function parseCheckpointText(text: string): ParsedCheckpoint {
  if (!text.endsWith('\n')) return refuse('does not end with a newline');
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n');
  if (origin === undefined || size === undefined || root === undefined) {
    return refuse('has fewer than three lines');
  }
  if (origin === '' || extensions.includes('')) return refuse('has an empty line');
  if (!/^(0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size))) {
    return refuse('has no proper size');
  }
  const bytes = decodeBase64(root);
  if (bytes?.length !== HASH_BYTES) return refuse('has no proper root hash');
  return { ok: true, checkpoint: { origin, size: Number(size), root: bytes, extensions } };
}

function refuse(what: string): ParsedCheckpoint {
  return { ok: false, problem: `the checkpoint ${what}` };
}
