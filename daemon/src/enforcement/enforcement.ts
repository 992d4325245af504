/**
 * What a protocol room is handed, and all it may ask for: a ruling on one operation.
 * The implementation decides, records the intent, asks a person where needed, and answers.
 */

import type {
  ActionFacts,
  Counts,
  Measurement,
  PrincipalFacts,
  TargetFacts,
} from '@agentguard/rules';

/** Facts that hold for one downstream connection. */
export interface ConnectionFacts {
  /** Unique per daemon run; for the record only. */
  readonly connection: string;
  readonly principal: PrincipalFacts;
  readonly resource: TargetFacts;
}

/** One operation that wants to go upstream. */
export interface Operation {
  readonly connection: ConnectionFacts;
  /** The exact text or bytes that would be sent, as shown to a person and bound by an approval. */
  readonly text: string;
  readonly action: ActionFacts;
  readonly inTransaction: boolean;
  /** What a role's filters did to it on its way; left out where no role holds. */
  readonly rewriting?: Rewriting;
  /** The room can run it in a transaction, hold it until its effect is judged, and take it back. */
  readonly holdable?: boolean;
  /** Rows per object from a rolled-back run, where the room measured one. Shown, recorded and bound by an approval. */
  readonly measured?: Counts;
  /** Why it was not measured although it was tried. */
  readonly notMeasured?: string;
  /** Rows as they would be lost or changed, for the person alone, and whether they could be brought back. */
  readonly forecast?: Forecast;
  /** How long its client can wait at most, in milliseconds: a question is parked before. */
  readonly waitAtMostMs?: number;
  /** Told once a person is asked about it, with the id of the question. */
  readonly onQuestion?: (approval: string) => void;
  /**
   * Reads the facts again. Called when an approval arrives, since the catalog may have moved meanwhile.
   * INVARIANT: must not throw for a statement that was analysed once; failing means deny.
   */
  readonly reread: () => ActionFacts;
}

/** An operation in the reach of a role. The text that is shown and bound is the client's; what it does is judged as sent. */
export interface Rewriting {
  readonly role: string;
  /** Tables whose rows or columns were held back, `schema.name`; empty when nothing had to be. */
  readonly tables: readonly string[];
  /** Why it cannot be put into the role's reach; null when it was. A clause. */
  readonly refusal: string | null;
}

/** How an operation that was let through ended. */
export interface Outcome {
  /** `unknown`: the connection was lost before the upstream said. `rolled back`: it was measured, and nothing of it remains. */
  readonly result: 'done' | 'failed' | 'unknown' | 'rolled back';
  /** Command tags in order, `DELETE 3`; empty when none came. */
  readonly tags: readonly string[];
  /** SQLSTATE or the protocol's own error code; null when none. */
  readonly errorCode: string | null;
  /** Rows changed and returned, as the tags say; null when they do not. */
  readonly rowsChanged: number | null;
  readonly rowsReturned: number | null;
  /** What it changed, as the server counted it, where it was measured. */
  readonly measured?: Counts;
}

/** Bounds of a run that is rolled back whatever it does, in milliseconds. */
export interface HoldBounds {
  readonly lockMs: number;
  readonly statementMs: number;
}

/** What a held run did. */
export type HeldResult =
  | {
      readonly kind: 'measured';
      readonly measurement: Measurement;
      /** Tables with changed rows, each partition for itself. */
      readonly tables: readonly { readonly schema: string; readonly name: string }[];
      /** Tables that were emptied, with their rows as text in the order of the columns; null when they are too many. */
      readonly emptiedRows: readonly {
        readonly schema: string;
        readonly name: string;
        readonly rows: readonly (readonly (string | null)[])[] | null;
      }[];
      /** Identifier of the transaction at the server, 64 bits as text; null when nothing was written. */
      readonly transaction: string | null;
      /** Rows that the client's transaction changed before, under measurement. */
      readonly changedBefore: number;
      /** The transaction holds this operation and nothing else. */
      readonly own: boolean;
    }
  /** `why`: a clause. */
  | { readonly kind: 'not measured'; readonly why: string }
  /** It returns more rows than can be held back. */
  | { readonly kind: 'answer too long' };

/** Reads something inside of the held transaction; null when it could not be read. */
export type Look = (sql: string) => Promise<readonly (readonly (string | null)[])[] | null>;

/** Values of rows: for the person alone. INVARIANT: never in the record, a log or an error. */
export interface RowSample {
  readonly table: string;
  readonly columns: readonly string[];
  /** Null: the row is not there before, or not afterwards. */
  readonly before: readonly (string | null)[] | null;
  readonly after: readonly (string | null)[] | null;
}

/** What could be kept of what an operation changes. */
export interface Forecast {
  readonly samples: readonly RowSample[];
  /** A clause for the person: `can be undone: 4,813 rows are saved (1.2 MB)`, `cannot be undone: ...`. */
  readonly undo: string;
  readonly undoable: boolean;
}

/** Leave to run the operation in a transaction that is held until it is judged. */
export interface HeldRun extends Permit {
  /** Null when it may be committed, so that only the client's own bounds hold. */
  readonly bounds: HoldBounds | null;
  /**
   * Judges what it did. `commit`: the room commits it. `roll back`: the room takes everything back, then asks `afterRollback`.
   * @throws AuditError as `authorize`
   */
  judge(result: HeldResult, look: Look): Promise<'commit' | 'roll back'>;
  /** What becomes of the operation once nothing of the run remains. No lock is held while this waits for a person. */
  afterRollback(signal: AbortSignal): Promise<Ruling>;
}

/** Leave to send the operation upstream, once. */
export interface Permit {
  readonly decision: string;
  /** Rows that may be returned; the room stops at the next one. Null or left out: any number. */
  readonly maxRowsReturned?: number | null;
  /** Must be called exactly once, when the upstream has answered or is gone. */
  finish(outcome: Outcome): void;
}

/** A refusal, in words that the protocol room turns into its own form. */
export interface Denial {
  readonly decision: string;
  /** What was blocked and why, one sentence. */
  readonly message: string;
  /** The rules that carried it. */
  readonly rules: readonly string[];
  /** What the agent may do instead, and how approval works. */
  readonly hint: string;
  /** It went too fast, and may repeat the same after this many milliseconds. */
  readonly retryAfterMs?: number;
  /** A question that a person can still answer with yes; then the identical operation passes once. */
  readonly waiting?: { readonly approval: string };
}

export type PlainRuling =
  | { readonly kind: 'permit'; readonly permit: Permit }
  | { readonly kind: 'denial'; readonly denial: Denial };

/** The ruling on an operation that may be held. */
export type Ruling = PlainRuling | { readonly kind: 'hold'; readonly run: HeldRun };

/** An operation of a room that can hold it, or says that it cannot hold this one. */
export type HoldableOperation = Operation & { readonly holdable: boolean };

/** The deciding, recording and asking that every protocol room shares. */
export interface Enforcement {
  /**
   * Rules on one operation. Resolves only after its intent is on record (synced to disk when it may change something).
   * @param signal aborted when the client is gone or cancelled; a pending question is then denied
   * @throws AuditError when the record cannot be written: the caller must end the connection and send nothing upstream
   */
  authorize(operation: HoldableOperation, signal: AbortSignal): Promise<Ruling>;
  authorize(operation: Operation, signal: AbortSignal): Promise<PlainRuling>;
  /** Records a refusal that no decision was needed for: a protocol feature that is never allowed. */
  refuse(connection: ConnectionFacts, what: string, reason: string): Promise<Denial>;
}
