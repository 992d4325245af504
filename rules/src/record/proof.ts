/**
 * The proof that one entry is on the record, as a text anyone can check (C2SP tlog-proof, version 1).
 * The bytes of the entry travel in the `extra` line, which is believed only after they hash to the proven leaf.
 */

import { decodeBase64, encodeBase64 } from './base64.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { parseEntryBody } from './entry-leaf.ts';
import type { EntryBody } from './entry-leaf.ts';
import { verifyInclusion } from './merkle-proofs.ts';
import { HASH_BYTES, hashLeaf } from './merkle.ts';
import { parseVerifierKey } from './note-key.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

/** An entry holds a whole statement, and base64 makes it a third longer. */
const MAX_PROOF_LENGTH = 128 * 1024 * 1024;

/** A tree of 2^53 leaves has no longer path. */
const MAX_PATH = 53;

/** The parts of a proof, nothing verified. */
export interface InclusionProof {
  readonly index: number;
  /** The bytes of the entry. */
  readonly body: Uint8Array;
  /** Siblings, the lowest first. */
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint, as text. */
  readonly checkpoint: string;
}

export type ParsedProof =
  | { readonly ok: true; readonly proof: InclusionProof }
  | { readonly ok: false; readonly problem: string };

/** What a proof shows: this entry, at its index, under this checkpoint. */
export type VerifiedProof =
  | {
      readonly ok: true;
      readonly body: EntryBody;
      /** The canonical JSON of the entry and its place. */
      readonly text: string;
      readonly checkpoint: Checkpoint;
    }
  | { readonly ok: false; readonly problem: string };

/** Writes a proof as text. */
export function toProofText(proof: InclusionProof): string {
  const lines = [
    FIRST_LINE,
    `extra ${encodeBase64(proof.body)}`,
    `index ${proof.index}`,
    ...proof.hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${proof.checkpoint}`;
}

/** Takes a proof apart. */
export function parseProof(text: string): ParsedProof {
  if (text.length > MAX_PROOF_LENGTH) return refuse('the proof is too long');
  const cut = text.indexOf('\n\n');
  if (cut < 0) return refuse('the proof has no empty line before its checkpoint');
  const [first, extra, index, ...path] = text.slice(0, cut).split('\n');
  if (first !== FIRST_LINE) return refuse(`the first line is not \`${FIRST_LINE}\``);
  const body = extra?.startsWith('extra ') === true ? decodeBase64(extra.slice(6)) : null;
  if (body === null) return refuse('the proof does not carry its entry in a line `extra`');
  const place = index?.startsWith('index ') === true ? index.slice(6) : '';
  if (!/^(0|[1-9][0-9]*)$/.test(place) || !Number.isSafeInteger(Number(place))) {
    return refuse('the proof has no proper line `index`');
  }
  if (path.length > MAX_PATH) return refuse('the proof has too many hashes');
  const hashes = path.map(decodeBase64).filter((hash) => hash?.length === HASH_BYTES);
  if (hashes.length !== path.length) return refuse('a hash of the proof is malformed');
  const proof = {
    index: Number(place),
    body,
    hashes: hashes.filter((hash) => hash !== null),
    checkpoint: text.slice(cut + 2),
  };
  return { ok: true, proof };
}

/**
 * SECURITY(P-12): verifies a proof with the public key alone.
 * @param text the proof file
 * @param vkey public key of the record, as text, from a place that is trusted
 */
export function verifyProof(text: string, vkey: string): VerifiedProof {
  const key = parseVerifierKey(vkey);
  if (!key.ok) return key;
  const parsed = parseProof(text);
  if (!parsed.ok) return parsed;
  const { index, body, hashes, checkpoint } = parsed.proof;
  const opened = openCheckpoint(checkpoint, key.verifier);
  if (!opened.ok) return opened;
  if (!verifyInclusion({ index, hash: hashLeaf(body) }, opened.checkpoint, hashes)) {
    return refuse(`the entry is not entry ${index} of the record that was signed`);
  }
  const read = parseEntryBody(body);
  if (!read.ok) return refuse(`the entry cannot be read: ${read.problem}`);
  if (read.body.index !== index) return refuse('the entry says that it stands elsewhere');
  const said = Buffer.from(body).toString('utf8');
  return { ok: true, body: read.body, text: said, checkpoint: opened.checkpoint };
}

function refuse(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
