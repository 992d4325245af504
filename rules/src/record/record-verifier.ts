/**
 * SECURITY(P-11): verifies a record entry by entry; it remembers nothing of an entry but its hash and its decision.
 * It trusts the public key alone: hashes, columns and order that are stored beside the entries are compared,
 * never believed.
 */

import { encodeBase64 } from './base64.ts';
import { openCheckpoint, readCheckpointSize } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { DecisionStates } from './decision-states.ts';
import { parseEntryBody, toEntryColumns } from './entry-leaf.ts';
import type { EntryBody, EntryColumns } from './entry-leaf.ts';
import { CompactRange, HASH_BYTES, hashLeaf } from './merkle.ts';
import type { NodeSink } from './merkle.ts';
import type { NoteVerifier } from './note-key.ts';
import { MAX_PROBLEMS } from './record-report.ts';
import type { ProblemKind, RecordProblem, RecordReport } from './record-report.ts';

/** One stored entry. An export has the bytes alone; a database also has what is derived from them. */
export interface RecordRow {
  readonly index: number;
  readonly body: Uint8Array;
  readonly leaf?: Uint8Array;
  readonly columns?: EntryColumns;
}

/** What a record is verified against. */
export interface VerifierOptions {
  readonly verifier: NoteVerifier;
  /** Signed checkpoints, from wherever they were kept. */
  readonly checkpoints: readonly string[];
  /** Told of every subtree of the true tree, to compare stored ones. */
  readonly onNode?: NodeSink;
  /** A head that is already trusted, to go on from: what stands before it is not asked about. */
  readonly from?: CompactRange;
  /** Told at each size where a checkpoint was signed below which index every operation had ended. */
  readonly onCheckpoint?: (size: number, settledBelow: number) => void;
}

/** A checkpoint by what it says of itself, not verified. */
interface ClaimedCheckpoint {
  readonly size: number;
  readonly note: string;
}

const COLUMNS = ['type', 'decision', 'session', 'time', 'verdict', 'resource'] as const;

/** Takes the rows in order, then gives the report. */
export class RecordVerifier {
  readonly #options: VerifierOptions;
  readonly #tree: CompactRange;
  readonly #states: DecisionStates;
  readonly #checkpoints: readonly ClaimedCheckpoint[];
  readonly #problems: RecordProblem[] = [];
  #problemCount = 0;
  #firstBroken: number | null = null;
  #nextCheckpoint = 0;
  #valid = 0;
  #fitting = 0;
  #signed = 0;
  /** Size of the last head that a root confirmed: what is wrong behind it is not before it. */
  #confirmed: number;
  #batch: { readonly size: number; readonly root: Uint8Array };
  /** True once a root does not fit: every later root would only repeat that. */
  #torn = false;
  /** True when an entry behind the last confirmed head is known to be broken: the next root cannot fit. */
  #explained = false;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#tree = options.from?.fork() ?? new CompactRange();
    this.#states = new DecisionStates({ checking: options.from === undefined });
    this.#confirmed = this.#tree.size;
    this.#batch = { size: this.#tree.size, root: this.#tree.root() };
    this.#checkpoints = this.#sortCheckpoints();
    this.#checkCheckpoints();
  }

  /** Entries taken so far. */
  get size(): number {
    return this.#tree.size;
  }

  /** Takes the next row. */
  push(row: RecordRow): void {
    const expected = this.#tree.size;
    if (row.index !== expected && !this.#torn) this.#misplaced(expected, row.index);
    const leaf = hashLeaf(row.body);
    const intact = row.leaf === undefined || leaf.equals(row.leaf);
    if (intact) {
      const parsed = parseEntryBody(row.body);
      if (parsed.ok) this.#checkBody(row, parsed.body);
      else this.#broken('changed', row.index, `entry ${row.index}: ${parsed.problem}`);
    } else {
      this.#broken('changed', row.index, `the bytes of entry ${row.index} do not match its hash`);
    }
    // With the stored hash of a changed entry the tree stays the one that was signed, and the rest is still checked.
    const next = row.leaf?.length === HASH_BYTES ? row.leaf : leaf;
    this.#tree.append(next, this.#torn ? undefined : this.#options.onNode);
    this.#checkCheckpoints();
  }

  /** Notes a problem that was found beside the rows. */
  add(kind: ProblemKind, index: number | null, what: string, through: number | null = null): void {
    this.#add(kind, index, what, through);
  }

  /** What was found. */
  finish(): RecordReport {
    const size = this.#tree.size;
    this.#checkBeyond();
    if (this.#valid === 0 && this.#options.from === undefined) {
      this.#add('checkpoint', null, 'there is no signed checkpoint to verify the record against');
    }
    const problems = this.#problems.toSorted(byIndex);
    return {
      ok: this.#problemCount === 0,
      entries: size,
      root: encodeBase64(this.#tree.root()),
      checkpoints: this.#fitting,
      signed: this.#signed,
      unsigned: size - this.#signed,
      unfinished: this.#states.unfinished().length,
      firstBroken: this.#firstBroken,
      problems,
      problemCount: this.#problemCount,
    };
  }

  #misplaced(expected: number, found: number): void {
    this.#explained = true;
    if (found > expected) {
      const what =
        found === expected + 1
          ? `entry ${expected} is missing`
          : `entries ${expected} to ${found - 1} are missing`;
      this.#add('missing', expected, what, found - 1);
    } else {
      this.#add('place', found, `entry ${found} stands where entry ${expected} belongs`);
    }
    this.#torn = true;
  }

  #checkBody(row: RecordRow, body: EntryBody): void {
    const { index } = row;
    if (body.index !== index && !this.#torn) {
      const what = `entry ${index} says that it is entry ${body.index}: removed, inserted or moved`;
      this.#broken('place', index, what);
      this.#torn = true;
    }
    this.#checkColumns(row, body);
    if (!this.#torn) this.#checkPrevious(index, body.previous);
    const misfit = this.#states.apply(body.entry, index);
    if (misfit !== null && !this.#torn) this.#add('order', index, `entry ${index} is ${misfit}`);
  }

  #checkColumns(row: RecordRow, body: EntryBody): void {
    if (row.columns === undefined) return;
    const derived = toEntryColumns(body.entry);
    for (const column of COLUMNS) {
      if (row.columns[column] === derived[column]) continue;
      const what = `column \`${column}\` of entry ${row.index} does not say what its bytes say`;
      this.#add('column', row.index, what);
    }
  }

  /** An entry names the head before its batch: the head as it is now, or the one of the entry before. */
  #checkPrevious(index: number, previous: EntryBody['previous']): void {
    if (previous.size === index) {
      if (this.#tree.root().equals(previous.root)) {
        this.#batch = previous;
        this.#confirmed = index;
        this.#explained = false;
      } else {
        // The entries before it were changed, or the entry itself.
        this.#tear(this.#confirmed, index, `the root that entry ${index} names`);
      }
      return;
    }
    const continues =
      index > 0 &&
      previous.size === this.#batch.size &&
      Buffer.compare(previous.root, this.#batch.root) === 0;
    if (continues) return;
    this.#broken('place', index, `entry ${index} does not follow the entry before it`);
    this.#torn = true;
  }

  /** A root does not fit: something from `from` to `through` is not what it was. */
  #tear(from: number, through: number, evidence: string): void {
    this.#torn = true;
    // A broken entry that was named already is why.
    if (this.#explained) return;
    const which =
      from === through ? `entry ${from} was` : `one of the entries ${from} to ${through} was`;
    this.#add('changed', from, `${which} changed: ${evidence} does not fit`, through);
  }

  /** By the size they claim. A signature is verified when its size is reached: there may be many. */
  #sortCheckpoints(): readonly ClaimedCheckpoint[] {
    const claimed: ClaimedCheckpoint[] = [];
    for (const [at, note] of this.#options.checkpoints.entries()) {
      const size = readCheckpointSize(note);
      if (size === null) this.#add('checkpoint', null, `checkpoint ${at + 1} cannot be read`);
      else claimed.push({ size, note });
    }
    return claimed.sort((one, other) => one.size - other.size);
  }

  /** Compares the checkpoints that were signed at the present size. */
  #checkCheckpoints(): void {
    const size = this.#tree.size;
    for (;;) {
      const claimed = this.#checkpoints[this.#nextCheckpoint];
      if (claimed?.size !== size) return;
      this.#nextCheckpoint += 1;
      const checkpoint = this.#open(claimed);
      if (checkpoint === null) continue;
      this.#valid += 1;
      this.#options.onCheckpoint?.(size, this.#states.settledBelow(size));
      if (!this.#torn) this.#compare(checkpoint);
    }
  }

  #open({ note, size }: ClaimedCheckpoint): Checkpoint | null {
    const opened = openCheckpoint(note, this.#options.verifier);
    if (opened.ok) return opened.checkpoint;
    this.#add('checkpoint', null, `the checkpoint over ${size} entries: ${opened.problem}`);
    return null;
  }

  #compare({ size, root }: Checkpoint): void {
    if (this.#tree.root().equals(root)) {
      this.#fitting += 1;
      this.#signed = size;
      this.#confirmed = size;
      this.#explained = false;
    } else {
      // Roots inside of entries prove nothing against whoever computed all of them again.
      const last = Math.max(this.#signed, size - 1);
      this.#tear(this.#signed, last, `the signed checkpoint over ${size} entries`);
    }
  }

  /** Signed checkpoints over more than there is: the end was cut off. */
  #checkBeyond(): void {
    const size = this.#tree.size;
    const beyond = this.#checkpoints
      .slice(this.#nextCheckpoint)
      .map((claimed) => this.#open(claimed))
      .filter((checkpoint) => checkpoint !== null);
    const last = beyond.at(-1);
    this.#valid += beyond.length;
    if (last === undefined) return;
    const what = `the record ends after ${size} entries, but a signed checkpoint covers ${last.size}`;
    this.#add('missing', size, what, last.size - 1);
  }

  #broken(kind: ProblemKind, index: number, what: string): void {
    this.#add(kind, index, what);
    this.#explained = true;
  }

  #add(kind: ProblemKind, index: number | null, what: string, through = index): void {
    this.#problemCount += 1;
    if (index !== null) this.#firstBroken = Math.min(index, this.#firstBroken ?? index);
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ kind, index, through, what });
  }
}

function byIndex(one: RecordProblem, other: RecordProblem): number {
  return (one.index ?? Infinity) - (other.index ?? Infinity) || 0;
}
