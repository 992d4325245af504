/** Who is calling, from what the kernel says and what a token proves; nothing else that the caller claims counts. */

import type { ProcessIdentity } from '../../platform/processes.ts';

/** The process at the other end, fixed when it connected. */
export interface Caller extends ProcessIdentity {
  readonly uid: number;
}

/** How a person answers a question: seen at a terminal, or by the key of their own config folder. */
export type Surface = 'terminal' | 'operator key';

/** A caller with its standing. A session's token makes it that session and nothing more. */
export type Actor =
  | { readonly kind: 'session'; readonly session: string; readonly caller: Caller }
  | {
      readonly kind: 'person';
      readonly person: string;
      readonly caller: Caller;
      /** Set only where a question is answered. */
      readonly surface: Surface | null;
    };

/** What a handler gets beside its parameters. */
export interface CallContext {
  readonly actor: Actor;
  /** Aborted when the caller is gone or the server stops. */
  readonly signal: AbortSignal;
}

/** A call that was refused for want of a right: worth a line on the record. */
export interface RefusedAttempt {
  readonly method: string;
  readonly pid: number;
  readonly uid: number;
  /** The session whose token was shown; null when none. */
  readonly session: string | null;
  readonly why: string;
}
