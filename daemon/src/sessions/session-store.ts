/**
 * The sessions of one daemon, in memory only: a restart ends them all.
 * SECURITY(P-20): a token opens nothing once its session has ended or expired, and a clock that went backwards expires all.
 */

import { randomUUID } from 'node:crypto';
import type { TokenClaims } from '@agentguard/rules';
import { SessionError } from '../errors.ts';
import type { GuardedRoot } from '../platform/ancestry.ts';
import type { ProcessIdentity } from '../platform/processes.ts';
import type { EndReason, Session, SessionRequest, Tally } from './session.ts';
import { digestOfToken, makeToken } from './session-token.ts';

/** A working day and a half; a forgotten run must not stay open for ever. */
export const DEFAULT_LIFETIME_MS = 36 * 60 * 60_000;

/** Between making a session and holding it lies one local request. */
export const HOLD_WITHIN_MS = 10_000;

/** Ended sessions kept for summaries and lists. */
const MAX_ENDED = 200;

/** Live sessions; more are a fault of some script. */
const MAX_LIVE = 1000;

/** Time services step a clock back by less; a session's life is stretched by no more. */
const CLOCK_TOLERANCE_MS = 2000;

/** Clock and timers, so that tests need not wait. */
export interface SessionClock {
  now(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

/** What is counted. Equal to what enforcement tells. */
export type TallyEvent =
  | { readonly kind: 'ruling'; readonly verdict: 'allowed' | 'asked' | 'denied' }
  | { readonly kind: 'outcome'; readonly rowsChanged: number; readonly rowsReturned: number };

/** What enforcement has to know of a live session. */
export interface SessionAsking {
  readonly workspace: string;
  readonly waitMs: number;
  readonly attended: boolean;
}

/** What a store is built from. `Verifier` is whatever a protocol checks a token by. */
export interface SessionStoreParts<Verifier> {
  readonly clock: SessionClock;
  /** Turns a token into what a listener verifies it by, once, when it is made. */
  readonly makeVerifier: (token: string) => Verifier;
  /** Processes of a session that still run when it ends, so that they stay guarded after it. */
  readonly processesOf?: (session: Session) => readonly ProcessIdentity[];
  readonly isAlive?: (identity: ProcessIdentity) => boolean;
}

interface Live<Verifier> {
  session: Session;
  readonly tokenDigest: string;
  readonly verifier: Verifier;
  readonly timer: { cancel(): void };
  holdTimer: { cancel(): void } | null;
}

/** A session that stands for an issued token. */
export interface AdoptedSession<Verifier> {
  readonly id: string;
  readonly claims: TokenClaims;
  readonly workspace: string;
  readonly askTimeoutMs: number;
  readonly tokenDigest: string;
  readonly verifier: Verifier;
}

/** Called once for each session that ends. */
export type EndListener = (session: Session) => void;

/** Sessions and their tokens. */
export class SessionStore<Verifier> {
  readonly #parts: SessionStoreParts<Verifier>;
  readonly #live = new Map<string, Live<Verifier>>();
  readonly #ended = new Map<string, Session>();
  readonly #byToken = new Map<string, string>();
  readonly #endListeners = new Map<string, Set<EndListener>>();
  readonly #everyEnd = new Set<EndListener>();
  readonly #tainted = new Set<string>();
  /** Processes that outlived their session: their questions are over, their hands are still not the person's. */
  #leftBehind: readonly ProcessIdentity[] = [];
  /** The latest time seen. */
  #latest: number;

  constructor(parts: SessionStoreParts<Verifier>) {
    this.#parts = parts;
    this.#latest = parts.clock.now();
  }

  /**
   * Makes a session and its token. The token is returned here and never again.
   * @throws SessionError when there are too many
   */
  create(request: SessionRequest): { readonly session: Session; readonly token: string } {
    this.#watchClock();
    if (this.#live.size >= MAX_LIVE) {
      throw new SessionError('CONTROL_REFUSED', 'too many sessions are open', {
        audience: 'user',
        help: 'agentguard status',
      });
    }
    const token = makeToken();
    const tokenDigest = digestOfToken(token) ?? '';
    const session = this.#toSession(request);
    const expire = (): void => {
      this.end(session.id, 'expired');
    };
    this.#live.set(session.id, {
      session,
      tokenDigest,
      verifier: this.#parts.makeVerifier(token),
      timer: this.#parts.clock.after(session.expiresAt - session.startedAt, expire),
      holdTimer: request.held ? this.#expectHold(session.id) : null,
    });
    this.#byToken.set(tokenDigest, session.id);
    return { session, token };
  }

  /**
   * Takes in the session of a token that was issued before: it lives until the token's own expiry and belongs to no
   * process. Nobody sits at a terminal of its, so a question waits for whoever watches.
   */
  adopt({ id, claims, tokenDigest, verifier, ...rest }: AdoptedSession<Verifier>): void {
    this.#watchClock();
    const session: Session = {
      ...rest,
      id,
      claims,
      label: claims.label,
      resources: claims.resources ?? [],
      apis: [],
      attended: false,
      confined: false,
      // A token is used from anywhere, so the list of hosts holds for whoever has one.
      unlisted: false,
      root: null,
      principal: { person: claims.person, agent: claims.agent ?? 'token', session: id },
      startedAt: claims.issuedAt,
      expiresAt: claims.expiresAt,
      endedAt: null,
      endReason: null,
      tally: { allowed: 0, asked: 0, denied: 0, rowsChanged: 0, rowsReturned: 0 },
    };
    const left = session.expiresAt - this.#parts.clock.now();
    const timer = this.#parts.clock.after(left, () => {
      this.end(id, 'expired');
    });
    this.#live.set(id, { session, tokenDigest, verifier, timer, holdTimer: null });
    this.#byToken.set(tokenDigest, id);
  }

  /** A live session; undefined when there is none of that id, or no longer. */
  find(id: string): Session | undefined {
    this.#watchClock();
    return this.#live.get(id)?.session;
  }

  /**
   * A session, live or ended.
   * @throws SessionError `SESSION_NOT_FOUND`
   */
  show(id: string): Session {
    const found = this.find(id) ?? this.#ended.get(id);
    if (found !== undefined) return found;
    throw new SessionError('SESSION_NOT_FOUND', `no session has the id \`${id}\``, {
      audience: 'user',
    });
  }

  /** The live session of a token; undefined for every other string. */
  findByToken(token: string): Session | undefined {
    const digest = digestOfToken(token);
    const id = digest === null ? undefined : this.#byToken.get(digest);
    return id === undefined ? undefined : this.find(id);
  }

  /** What a listener verifies the token of a live session by. */
  verifier(id: string): Verifier | undefined {
    this.#watchClock();
    return this.#live.get(id)?.verifier;
  }

  /** Live sessions, oldest first. */
  list(): readonly Session[] {
    this.#watchClock();
    return [...this.#live.values()].map(({ session }) => session);
  }

  /** Live sessions and the ended ones still known, oldest first. */
  listAll(): readonly Session[] {
    const live = this.list();
    return [...this.#ended.values(), ...live].sort((a, b) => a.startedAt - b.startedAt);
  }

  /** What enforcement asks: where the session works and how it may be asked about. Undefined when it is over. */
  asking(id: string): SessionAsking | undefined {
    const session = this.find(id);
    if (session === undefined) return undefined;
    const { workspace, askTimeoutMs: waitMs, attended } = session;
    return { workspace, waitMs, attended };
  }

  /** Content that nobody vouches for was given to it. Nothing takes that back. */
  taint(id: string): void {
    if (this.#live.has(id)) this.#tainted.add(id);
  }

  /** Whether such content was given to it. */
  isTainted(id: string): boolean {
    return this.#tainted.has(id);
  }

  /** Counts something that happened. An outcome that comes after the end still counts. */
  tally(id: string, what: TallyEvent): void {
    const live = this.#live.get(id);
    if (live !== undefined) {
      live.session = { ...live.session, tally: addToTally(live.session.tally, what) };
      return;
    }
    const ended = this.#ended.get(id);
    if (ended !== undefined) {
      this.#ended.set(id, { ...ended, tally: addToTally(ended.tally, what) });
    }
  }

  /**
   * Ties the session's life to its caller's: it ends as `left` when the returned function is called.
   * @throws SessionError `SESSION_NOT_FOUND`
   */
  hold(id: string): () => void {
    const live = this.find(id) === undefined ? undefined : this.#live.get(id);
    if (live === undefined) this.show(id);
    live?.holdTimer?.cancel();
    return () => {
      this.end(id, 'left');
    };
  }

  /**
   * Ends a session: its token opens nothing from now on and its listeners are told.
   * @returns the ended session, also when it had ended before
   * @throws SessionError `SESSION_NOT_FOUND`
   */
  end(id: string, reason: EndReason): Session {
    const live = this.#live.get(id);
    if (live === undefined) return this.show(id);
    this.#live.delete(id);
    this.#byToken.delete(live.tokenDigest);
    this.#tainted.delete(id);
    live.timer.cancel();
    live.holdTimer?.cancel();
    const ended = { ...live.session, endedAt: this.#parts.clock.now(), endReason: reason };
    this.#ended.set(id, ended);
    this.#forgetOldest();
    this.#rememberLeftBehind(ended);
    const listeners = [...(this.#endListeners.get(id) ?? []), ...this.#everyEnd];
    this.#endListeners.delete(id);
    for (const listener of listeners) listener(ended);
    return ended;
  }

  /** Ends every session. */
  endAll(reason: EndReason): void {
    for (const id of [...this.#live.keys()]) this.end(id, reason);
  }

  /** Tells once when the session ends, at once if it has. Returns the way to stop. */
  onEnd(id: string, listener: EndListener): () => void {
    if (this.find(id) === undefined) {
      listener(this.show(id));
      return () => undefined;
    }
    const listeners = this.#endListeners.get(id) ?? new Set();
    listeners.add(listener);
    this.#endListeners.set(id, listeners);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Tells of the end of every session. Returns the way to stop. */
  onEveryEnd(listener: EndListener): () => void {
    this.#everyEnd.add(listener);
    return () => {
      this.#everyEnd.delete(listener);
    };
  }

  /** Where guarded processes come from: below each session's starter, and from what outlived its session. */
  guardedRoots(): readonly GuardedRoot[] {
    const { isAlive } = this.#parts;
    if (isAlive !== undefined) this.#leftBehind = this.#leftBehind.filter(isAlive);
    const starters = this.list().flatMap(({ root }) => (root === null ? [] : [root]));
    return [
      ...starters.map((root) => ({ ...root, itself: false })),
      ...this.#leftBehind.map((root) => ({ ...root, itself: true })),
    ];
  }

  /** Folder that a session works in; null for a session that nobody remembers. */
  workspaceOf(id: string): string | null {
    return (this.#live.get(id)?.session ?? this.#ended.get(id))?.workspace ?? null;
  }

  /**
   * The scope of a live session's token; null for one that names no role.
   * SECURITY(P-20): undefined once it is over, by the clock too when its timer is late: nothing is decided for it then.
   */
  claims(id: string): TokenClaims | null | undefined {
    return this.find(id)?.claims;
  }

  #toSession(request: SessionRequest): Session {
    const { person, agent, label, resources, workspace, askTimeoutMs, attended, root } = request;
    const id = `ses-${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const startedAt = this.#parts.clock.now();
    const expiresAt =
      startedAt + Math.min(request.lifetimeMs ?? DEFAULT_LIFETIME_MS, DEFAULT_LIFETIME_MS);
    const { scope } = request;
    const claims =
      scope === undefined
        ? null
        : { ...scope, id, resources, person, agent, label, issuedAt: startedAt, expiresAt };
    return {
      id,
      claims,
      label,
      resources,
      apis: request.apis ?? [],
      workspace,
      askTimeoutMs,
      attended,
      // Whoever only asks for a token runs nothing in the session; its other children are not the agent's.
      root: request.held ? root : null,
      confined: request.confined ?? false,
      unlisted: request.unlisted ?? false,
      principal: { person, agent, session: id },
      startedAt,
      expiresAt,
      endedAt: null,
      endReason: null,
      tally: { allowed: 0, asked: 0, denied: 0, rowsChanged: 0, rowsReturned: 0 },
    };
  }

  #expectHold(id: string): { cancel(): void } {
    return this.#parts.clock.after(HOLD_WITHIN_MS, () => {
      this.end(id, 'left');
    });
  }

  /** Timers run late when a machine slept, and never when its clock went back, so every look checks both. */
  #watchClock(): void {
    const now = this.#parts.clock.now();
    const wentBack = now < this.#latest - CLOCK_TOLERANCE_MS;
    this.#latest = wentBack ? now : Math.max(now, this.#latest);
    for (const { session } of [...this.#live.values()]) {
      if (wentBack || now >= session.expiresAt) this.end(session.id, 'expired');
    }
  }

  #rememberLeftBehind(session: Session): void {
    const { processesOf } = this.#parts;
    if (session.root === null || processesOf === undefined) return;
    this.#leftBehind = [...this.#leftBehind, ...processesOf(session)];
  }

  #forgetOldest(): void {
    const oldest = this.#ended.keys().next();
    if (this.#ended.size > MAX_ENDED && oldest.done !== true) this.#ended.delete(oldest.value);
  }
}

function addToTally(tally: Tally, what: TallyEvent): Tally {
  if (what.kind === 'ruling') return { ...tally, [what.verdict]: tally[what.verdict] + 1 };
  return {
    ...tally,
    rowsChanged: tally.rowsChanged + what.rowsChanged,
    rowsReturned: tally.rowsReturned + what.rowsReturned,
  };
}
