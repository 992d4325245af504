/** One run of an agent: who, where, what it may reach, and what came of it. Holds no token. */

import type { PrincipalFacts, TokenClaims } from '@agentguard/rules';
import type { ProcessIdentity } from '../platform/processes.ts';

/** What a session is made from. */
export interface SessionRequest {
  /** Account of the person on this machine. */
  readonly person: string;
  /** What was started: `claude`, `psql`. */
  readonly agent: string;
  readonly label: string | null;
  /** Names of the resources it may reach; no others. */
  readonly resources: readonly string[];
  /** Names of the APIs it may reach. Default none. */
  readonly apis?: readonly string[];
  /** Folder the command works in. */
  readonly workspace: string;
  /** How long a question may wait, in milliseconds; 0 when nobody shall be asked. */
  readonly askTimeoutMs: number;
  /** A person sits at the terminal that started it. */
  readonly attended: boolean;
  /** Process that started it, as the kernel says. When it also holds the session, everything below it is guarded. */
  readonly root: ProcessIdentity | null;
  /** The starter follows with a stream; without one within HOLD_WITHIN_MS the session ends. */
  readonly held: boolean;
  /** It runs where the guard's listeners are its only way out. Default false. */
  readonly confined?: boolean;
  /** It was said to run outside of any sandbox, where no list of hosts holds it. Default false: the list holds. */
  readonly unlisted?: boolean;
  /** How long it lives at most, in milliseconds. Default DEFAULT_LIFETIME_MS. */
  readonly lifetimeMs?: number;
  /** The scope that its token carries. Left out: whatever a resource's own role grants. */
  readonly scope?: SessionScope;
}

/** What a person gives a session when it begins. */
export type SessionScope = Pick<TokenClaims, 'role' | 'values' | 'onBehalfOf'>;

export type EndReason = 'ended' | 'left' | 'expired' | 'revoked' | 'daemon stopped';

/** What happened so far. */
export interface Tally {
  readonly allowed: number;
  readonly asked: number;
  readonly denied: number;
  readonly rowsChanged: number;
  readonly rowsReturned: number;
}

/** A session as anybody in the daemon may see it. */
export interface Session {
  readonly id: string;
  readonly principal: PrincipalFacts;
  /** The scope of its token, fixed when it began; null: one that names no role. */
  readonly claims: TokenClaims | null;
  readonly label: string | null;
  readonly resources: readonly string[];
  readonly apis: readonly string[];
  readonly workspace: string;
  readonly askTimeoutMs: number;
  readonly attended: boolean;
  readonly root: ProcessIdentity | null;
  /** It runs where the guard's listeners are its only way out. */
  readonly confined: boolean;
  /** No list of hosts holds it; what is guarded stays guarded. */
  readonly unlisted: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  readonly tally: Tally;
}
