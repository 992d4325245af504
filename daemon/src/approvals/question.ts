/** A question to a person, and what may become of it. Everything a surface shows comes from here. */

import type { Environment } from '@agentguard/rules';

/** What is asked. Frozen when asked: a changed operation is another generation. */
export interface Question {
  readonly decision: string;
  readonly session: string;
  readonly principal: { readonly person: string; readonly agent: string };
  readonly workspace: string;
  readonly resource: {
    readonly name: string;
    readonly kind: string;
    readonly environment: Environment;
  };
  /** One line: verb, object, environment. */
  readonly headline: string;
  readonly reasons: readonly { readonly rule: string; readonly reason: string }[];
  /** The whole statement, secrets masked, nothing cut. */
  readonly statement: string;
  /** The agent's tools that run meanwhile, one of which led here, as the agent tells; newest last. */
  readonly during: readonly string[];
  /** What it does, one line per effect. */
  readonly effects: readonly string[];
  /** True when a rollback or a plain counter-statement could take it back. */
  readonly reversible: boolean;
  readonly critical: boolean;
  /** Word to type before a critical question can be approved; null when none. */
  readonly confirm: string | null;
  /** Exact rows per object from a rolled-back run; null while not measured. */
  readonly measured: Readonly<Record<string, number>> | null;
  /** Why it was tried to measure it and could not be done; null otherwise. */
  readonly notMeasured: string | null;
  /** At most 20 rows as they are and as they would be. Shown to the person and kept nowhere else. */
  readonly samples: readonly {
    readonly table: string;
    readonly columns: readonly string[];
    readonly before: readonly (string | null)[] | null;
    readonly after: readonly (string | null)[] | null;
  }[];
  /** Whether `agentguard undo` could bring the rows back, as a clause; null when nothing was measured. */
  readonly undo: string | null;
  /** SHA-256 over session, resource, statement bytes, effects and policy revision, in hexadecimal. */
  readonly digest: string;
}

/** `parked`: nobody answered in time; approving it now only makes a one-shot grant. */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'parked' | 'cancelled' | 'granted';

/** A question with its place in the queue. */
export interface Approval extends Question {
  readonly id: string;
  /** Counts up when the same request is asked again with other content. */
  readonly generation: number;
  readonly state: ApprovalState;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly answeredBy: string | null;
  readonly surface: string | null;
  readonly note: string | null;
}

/** What the waiting operation is told. */
export type Answer =
  | { readonly kind: 'approved'; readonly approval: Approval }
  | { readonly kind: 'denied'; readonly approval: Approval }
  | { readonly kind: 'expired'; readonly approval: Approval }
  | { readonly kind: 'cancelled'; readonly approval: Approval };
