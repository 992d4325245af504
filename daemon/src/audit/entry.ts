/**
 * What the record holds. One JSON object per entry; its bytes are a leaf of the Merkle tree.
 * INVARIANT: no secret is ever put into an entry. Statement text arrives here already masked.
 */

import type { Effect, Environment, RuleMatch, Verdict } from '@agentguard/rules';

export interface EntryPrincipal {
  readonly person: string;
  readonly agent: string;
  readonly session: string;
}

/** The scope that a token carried. */
export interface EntryScope {
  readonly token: string;
  /** Null: whatever role the resource gave by itself. */
  readonly role: string | null;
  readonly values: Readonly<Record<string, string>>;
  readonly onBehalfOf: string | null;
}

/** Written before an operation is let through, or denied. */
export interface IntentEntry {
  readonly type: 'intent';
  readonly decision: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly principal: EntryPrincipal;
  readonly connection: string;
  readonly resource: {
    readonly name: string;
    readonly kind: string;
    readonly environment: Environment;
  };
  /** The statement as a person may see it: secrets masked, nothing cut. */
  readonly statement: string;
  /** SHA-256 of the exact UTF-8 bytes that were judged, in hexadecimal. */
  readonly digest: string;
  readonly facts: {
    readonly class: string;
    readonly commands: readonly string[];
    readonly effects: readonly Effect[];
  };
  /** What the policy said. `ask` is followed by an `approval` entry of the same decision. */
  readonly verdict: Verdict;
  readonly rules: readonly RuleMatch[];
  readonly reason: string;
  readonly policyRevision: string;
  /** Left out for a token that names no role. */
  readonly scope?: EntryScope;
  /** Rows per object from a rolled-back run; null while not measured. */
  readonly measured: Readonly<Record<string, number>> | null;
  /** The role whose filters went into what was sent, and the tables that they hold back; left out where none did. */
  readonly rewritten?: { readonly role: string; readonly tables: readonly string[] };
  /** The agent's own ids of the tools that ran in the session meanwhile, one of which led here; left out when none did. */
  readonly toolUses?: readonly string[];
}

/** How a question was answered. Written before anything goes upstream on its strength. */
export interface ApprovalEntry {
  readonly type: 'approval';
  readonly decision: string;
  readonly time: string;
  readonly approval: string;
  /** `late`: approved after it had expired; it then is a one-shot grant. */
  readonly answer:
    | 'approved'
    | 'denied'
    | 'expired'
    | 'cancelled'
    | 'unreachable'
    | 'late'
    | 'grant used'
    | 'stale';
  /** The person who answered; null when nobody did. */
  readonly by: string | null;
  /** `terminal`, `watch`, `editor`, `operator key`; null when nobody answered. */
  readonly surface: string | null;
  /** Digest that the answer is bound to, in hexadecimal. */
  readonly digest: string;
  readonly note: string | null;
}

/** How an operation that went upstream ended. */
export interface OutcomeEntry {
  readonly type: 'outcome';
  readonly decision: string;
  readonly time: string;
  /** `rolled back`: it was run for its numbers, and nothing of it remains. */
  readonly result: 'done' | 'failed' | 'unknown' | 'rolled back';
  readonly tags: readonly string[];
  readonly errorCode: string | null;
  readonly rowsChanged: number | null;
  readonly rowsReturned: number | null;
  /** What it changed, as the server counted it; left out where nothing was measured. */
  readonly measured?: Readonly<Record<string, number>>;
  readonly durationMs: number;
}

/** Anything else worth a place on the record: sessions, windows, policy changes, daemon starts, refused attempts. */
export interface EventEntry {
  readonly type: 'event';
  readonly time: string;
  readonly name: string;
  readonly session: string | null;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

export type AuditEntry = IntentEntry | ApprovalEntry | OutcomeEntry | EventEntry;

/** `synced`: on disk before it resolves. `written`: survives the death of the daemon, may be lost with the machine's power. */
export type Durability = 'synced' | 'written';

/** Where an entry ended up. */
export interface AuditReceipt {
  /** Index of the leaf, from 0. */
  readonly index: number;
}

/** The appending side, as enforcement sees it. */
export interface AuditLog {
  /**
   * Appends one entry; concurrent calls share one transaction.
   * @throws AuditError `AUDIT_APPEND_FAILED` when it is not stored: the caller must let nothing pass
   */
  append(entry: AuditEntry, durability: Durability): Promise<AuditReceipt>;
}
