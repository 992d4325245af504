/**
 * Opens a record and makes sure that it is the one that was signed before anything is added to it.
 * What was written after the last checkpoint is read again, byte by byte, before the next one covers it.
 */

import {
  CompactRange,
  DecisionStates,
  RecordVerifier,
  openCheckpoint,
  parseVerifierKey,
  toVerifierKey,
} from '@agentguard/rules';
import type { Checkpoint, NoteSigner, NoteVerifier } from '@agentguard/rules';
import { AuditError } from '../errors.ts';
import type { AuditStore, StoredCheckpoint } from './audit-store.ts';
import type { CheckpointLog } from './checkpoint-log.ts';
import { ROWS_PER_TURN } from './limits.ts';
import { RecordWriter, applyRows } from './record-writer.ts';

/** What is opened. */
export interface RecordParts {
  readonly store: AuditStore;
  readonly log: CheckpointLog;
  readonly signer: NoteSigner;
}

/**
 * SECURITY(P-18): checks the record from its last checkpoint on, mends what a crash can leave, and signs it.
 * @throws AuditError `AUDIT_VERIFICATION_FAILED` when it is not the record that was signed
 */
export function openRecord({ store, log, signer }: RecordParts): RecordWriter {
  const verifier = toVerifier(signer);
  const last = store.lastCheckpoint();
  const size = store.size();
  if (last === null && size > 0) throw broken('it holds entries but no signed checkpoint');
  const tree = last === null ? new CompactRange() : checkTail(store, last, verifier);
  mendLog({ store, log, verifier }, last);
  const states = new DecisionStates({ checking: false });
  for (let from = last?.settled ?? 0; from < size; from += ROWS_PER_TURN) {
    applyRows(states, store.rows(from, Math.min(from + ROWS_PER_TURN, size)));
  }
  const writer = new RecordWriter({ store, log, signer, tree, states, checkpoint: last });
  writer.sign();
  return writer;
}

/** The public side of a signer. */
export function toVerifier(signer: NoteSigner): NoteVerifier {
  const parsed = parseVerifierKey(toVerifierKey(signer.name, signer.publicKey));
  if (!parsed.ok) throw new AuditError('AUDIT_UNREADABLE', parsed.problem, { audience: 'user' });
  return parsed.verifier;
}

/** Takes the tree to its present size, from the head that the last checkpoint signed. */
function checkTail(
  store: AuditStore,
  last: StoredCheckpoint,
  verifier: NoteVerifier,
): CompactRange {
  const size = store.size();
  const signed = open(last.note, verifier, 'its last checkpoint');
  if (signed.size !== last.size) throw broken('its last checkpoint is filed under another size');
  if (size < signed.size) {
    throw broken(`it ends after ${size} entries, and a signed checkpoint covers ${signed.size}`);
  }
  const tree = store.range(signed.size);
  if (!tree.root().equals(signed.root)) throw broken('its hashes do not fit its last checkpoint');
  const tail = new RecordVerifier({ verifier, checkpoints: [], from: tree });
  for (let from = signed.size; from < size; from += ROWS_PER_TURN) {
    for (const row of store.rows(from, Math.min(from + ROWS_PER_TURN, size))) {
      tail.push(row);
      tree.append(row.leaf);
    }
  }
  const [problem] = tail.finish().problems;
  if (problem !== undefined) throw broken(problem.what);
  if (tree.size !== size) throw broken('entries are missing behind its last checkpoint');
  return tree;
}

/** Brings the file of checkpoints up to the database: a crash between the two leaves the file behind. */
function mendLog(
  parts: {
    readonly store: AuditStore;
    readonly log: CheckpointLog;
    readonly verifier: NoteVerifier;
  },
  last: StoredCheckpoint | null,
): void {
  const note = parts.log.last();
  const logged = note === null ? null : open(note, parts.verifier, '`checkpoints.log`');
  if (logged !== null && (last === null || logged.size > last.size)) {
    throw broken(`\`checkpoints.log\` knows ${logged.size} signed entries, the database does not`);
  }
  if (logged !== null) {
    const root = parts.store.range(logged.size).root();
    if (!root.equals(logged.root)) throw broken('its hashes do not fit `checkpoints.log`');
  }
  const missing = parts.store.checkpointsAfter(logged?.size ?? -1);
  parts.log.append(
    missing.map((checkpoint) => checkpoint.note),
    'synced',
  );
}

function open(note: string, verifier: NoteVerifier, where: string): Checkpoint {
  const opened = openCheckpoint(note, verifier);
  if (!opened.ok) throw broken(`${where} is not valid: ${opened.problem}`);
  return opened.checkpoint;
}

function broken(what: string): AuditError {
  return new AuditError('AUDIT_VERIFICATION_FAILED', `the record does not verify: ${what}`, {
    audience: 'user',
    help: 'keep the folder as it is for an investigation, and move it aside to start a new record',
  });
}
