/** What verifying a record finds. */

/** What is wrong, by the kind of evidence. */
export type ProblemKind =
  /** The bytes of an entry are not those that were recorded. */
  | 'changed'
  /** An entry is not where it says it is: removed, inserted or moved. */
  | 'place'
  /** Entries are gone. */
  | 'missing'
  /** A column does not say what the bytes say. */
  | 'column'
  /** A stored hash of the tree is wrong. */
  | 'node'
  /** A checkpoint is not signed by this key, not readable, or not of this record. */
  | 'checkpoint'
  /** Entries that cannot follow each other: an outcome without an intent, two outcomes. */
  | 'order';

/** One thing that is wrong. */
export interface RecordProblem {
  readonly kind: ProblemKind;
  /** First entry that is concerned; null when it is not about an entry. */
  readonly index: number | null;
  /** Last entry that may be concerned, when the evidence is a root over several. */
  readonly through: number | null;
  /** One sentence for a person, without any text of the entry. */
  readonly what: string;
}

/** The result of a verification. */
export interface RecordReport {
  /** True only when nothing at all is wrong. */
  readonly ok: boolean;
  readonly entries: number;
  /** Root over all entries, in base64: what a checkpoint of this record says. */
  readonly root: string;
  /** Checkpoints that are signed by the key and fit. */
  readonly checkpoints: number;
  /** Entries covered by a fitting checkpoint; the rest is a tail that nobody signed yet. */
  readonly signed: number;
  readonly unsigned: number;
  /** Operations without an end on the record. */
  readonly unfinished: number;
  /** The lowest index concerned by any problem, or null. */
  readonly firstBroken: number | null;
  /** The first problems, at most `MAX_PROBLEMS`, in the order of their index. */
  readonly problems: readonly RecordProblem[];
  /** How many there are in all. */
  readonly problemCount: number;
}

/** A record with one hole shows it everywhere behind; more than this says nothing new. */
export const MAX_PROBLEMS = 20;
