/**
 * What a protocol room is handed, and all it may ask for: a ruling on one operation.
 * The implementation decides, records the intent, asks a person where needed, and answers.
 */

import type { ActionFacts, PrincipalFacts, TargetFacts } from '@agentguard/rules';

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
  /** Rows per object from a rolled-back run, where the room measured one. Shown, recorded and bound by an approval. */
  readonly measured?: Readonly<Record<string, number>>;
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
  /** `unknown`: the connection was lost before the upstream said. */
  readonly result: 'done' | 'failed' | 'unknown';
  /** Command tags in order, `DELETE 3`; empty when none came. */
  readonly tags: readonly string[];
  /** SQLSTATE or the protocol's own error code; null when none. */
  readonly errorCode: string | null;
  /** Rows changed and returned, as the tags say; null when they do not. */
  readonly rowsChanged: number | null;
  readonly rowsReturned: number | null;
}

/** Leave to send the operation upstream, once. */
export interface Permit {
  readonly decision: string;
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
}

export type Ruling =
  | { readonly kind: 'permit'; readonly permit: Permit }
  | { readonly kind: 'denial'; readonly denial: Denial };

/** The deciding, recording and asking that every protocol room shares. */
export interface Enforcement {
  /**
   * Rules on one operation. Resolves only after its intent is on record (synced to disk when it may change something).
   * @param signal aborted when the client is gone or cancelled; a pending question is then denied
   * @throws AuditError when the record cannot be written: the caller must end the connection and send nothing upstream
   */
  authorize(operation: Operation, signal: AbortSignal): Promise<Ruling>;
  /** Records a refusal that no decision was needed for: a protocol feature that is never allowed. */
  refuse(connection: ConnectionFacts, what: string, reason: string): Promise<Denial>;
}
