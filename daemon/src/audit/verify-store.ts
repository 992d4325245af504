/**
 * Verifies everything a database holds: the entries, and all that is stored beside them to find or prove them.
 * Works in turns, so that the live record can be verified while the gate is at work.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecordVerifier, readCheckpointSize, toCheckpointFileText } from '@agentguard/rules';
import type { NoteVerifier, RecordReport } from '@agentguard/rules';
import type { AuditStore, StoredCheckpoint } from './audit-store.ts';
import type { LoggedCheckpoints } from './checkpoint-log.ts';
import { ROWS_PER_TURN, STORED_HEIGHT_STEP } from './limits.ts';

/** What is verified, and against what. */
export interface VerifyParts {
  readonly store: AuditStore;
  readonly verifier: NoteVerifier;
  /** The file beside the database; null when it was not copied along. */
  readonly logged: LoggedCheckpoints | null;
  /** Checkpoints that were kept elsewhere. */
  readonly kept: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Verifies a record as it is at the moment of the call.
 * @throws AuditError `AUDIT_UNREADABLE` when it cannot be read at all
 */
export async function verifyStore(parts: VerifyParts): Promise<RecordReport> {
  const { store, verifier } = parts;
  const size = store.size();
  const stored = store.checkpointsAfter(-1);
  const filled = store.filledDecisions();
  const settled = new Map(stored.map((checkpoint) => [checkpoint.size, checkpoint.settled]));
  const nodes = new NodeCheck(store);
  let withDecision = 0;
  const record = new RecordVerifier({
    verifier,
    checkpoints: [
      ...new Set([
        ...stored.map(({ note }) => note),
        ...(parts.logged?.notes ?? []),
        ...parts.kept,
      ]),
    ],
    onNode: (height, position, hash) => {
      const what = nodes.compare(height, position, hash);
      if (what !== null)
        record.add('node', position * 2 ** height, what, (position + 1) * 2 ** height - 1);
    },
    onCheckpoint: (at, below) => {
      const said = settled.get(at);
      // Looking further back than needed costs time; not far enough would overlook what was cut off.
      if (said === undefined || said <= below) return;
      record.add(
        'column',
        null,
        `the checkpoint over ${at} entries has a wrong column \`settled\``,
      );
    },
  });
  for (let from = 0; from < size; from += ROWS_PER_TURN) {
    parts.signal?.throwIfAborted();
    const to = Math.min(size, from + ROWS_PER_TURN);
    for (const row of store.rows(from, to)) {
      record.push(row);
      if (row.index < filled.below && row.columns.decision !== null) withDecision += 1;
    }
    for (const index of store.unindexed(from, Math.min(to, filled.below))) {
      record.add('column', index, `entry ${index} is not found by its decision`);
    }
    await nextTurn();
  }
  checkCheckpoints(record, { ...parts, stored });
  if (filled.below > size || filled.count !== withDecision) {
    record.add('column', null, 'the table of decisions does not fit the entries');
  }
  if (nodes.surplus) record.add('node', null, 'there are hashes of subtrees that are not there');
  return record.finish();
}

/** Compares stored subtrees with the true ones. */
class NodeCheck {
  readonly #store: AuditStore;
  readonly #stored: number;
  #expected = 0;

  constructor(store: AuditStore) {
    this.#store = store;
    // Counted now: what is appended meanwhile makes more of them.
    this.#stored = store.countNodes();
  }

  compare(height: number, position: number, hash: Buffer): string | null {
    if (height === 0 || height % STORED_HEIGHT_STEP !== 0) return null;
    this.#expected += 1;
    const stored = this.#store.storedNode(height, position);
    if (stored === null) return `the hash of a subtree of 2^${height} entries is missing`;
    return stored.equals(hash) ? null : `the hash of a subtree of 2^${height} entries is wrong`;
  }

  /** Whether there are more than the entries make. */
  get surplus(): boolean {
    return this.#stored > this.#expected;
  }
}

/** Each checkpoint stands under its size, in the database and in the file. */
function checkCheckpoints(
  record: RecordVerifier,
  parts: VerifyParts & { readonly stored: readonly StoredCheckpoint[] },
): void {
  for (const { note, size } of parts.stored) {
    if (readCheckpointSize(note) !== size) {
      record.add(
        'checkpoint',
        null,
        `a checkpoint is filed under ${size} entries but says otherwise`,
      );
    }
  }
  if (parts.logged !== null) checkFile(record, parts.stored, parts.logged);
}

/** The two places of the checkpoints must agree, but for the last one: a crash can fall between them. */
function checkFile(
  record: RecordVerifier,
  stored: readonly StoredCheckpoint[],
  logged: LoggedCheckpoints,
): void {
  const inDatabase = new Set(stored.map(({ note }) => note));
  const inFile = new Set(logged.notes);
  const unknown = logged.notes.filter((note) => !inDatabase.has(note)).length;
  if (unknown > 0) {
    record.add('checkpoint', null, `${unknown} checkpoints of the file are not in the database`);
  }
  const last = stored.at(-1);
  const unlogged = stored.filter(({ note }) => !inFile.has(note) && note !== last?.note).length;
  if (unlogged > 0) {
    record.add('checkpoint', null, `${unlogged} checkpoints of the database are not in the file`);
  }
  if (
    last === undefined
      ? logged.rest !== ''
      : !toCheckpointFileText(last.note).startsWith(logged.rest)
  ) {
    record.add('checkpoint', null, 'the file of checkpoints ends in something that is none');
  }
}
