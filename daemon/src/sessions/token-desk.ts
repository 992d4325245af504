/**
 * Scoped tokens: issued, listed, revoked. Each has a session of its own for as long as it lives, so that whatever ends
 * a session ends its connections, and the scope that holds is the one it was issued with.
 * SECURITY(P-72): nothing here takes a token to make another: a scope comes from a person and is never changed.
 */

import { randomBytes } from 'node:crypto';
import type { TokenClaims } from '@agentguard/rules';
import { SessionError } from '../errors.ts';
import { signToken } from './scoped-token.ts';
import type { TokenKey } from './scoped-token.ts';
import type { Session } from './session.ts';
import { digestOfToken } from './session-token.ts';
import type { SessionClock, SessionStore } from './session-store.ts';
import { writeTokenFile } from './token-file.ts';
import type { IssuedToken, TokenFile } from './token-file.ts';

/** Longer than a token may live, a person is asked again. */
export const MAX_TOKEN_LIFETIME_MS = 7 * 24 * 60 * 60_000;

/** Tokens that are over and still explained, to whoever presents one. */
const MAX_OVER = 200;

/** Live tokens; more are a fault of some script. */
const MAX_LIVE = 200;

/** Time services step a clock back by less. */
const CLOCK_TOLERANCE_MS = 2000;

/** How long a question of a token's holder waits. */
const ASK_TIMEOUT_MS = 5 * 60_000;

/** 80 bits: enough that no two tokens are called the same. */
const ID_BYTES = 10;

/** What a token is issued with. */
export interface TokenRequest {
  readonly role: string | null;
  readonly values: Readonly<Record<string, string>>;
  readonly resources: readonly string[];
  readonly person: string;
  readonly onBehalfOf: string | null;
  readonly agent: string | null;
  readonly label: string | null;
  readonly workspace: string;
  readonly lifetimeMs: number;
}

/** What a desk is built from. `Verifier` is whatever a protocol checks a token by. */
export interface TokenDeskParts<Verifier> {
  readonly path: string;
  readonly key: TokenKey;
  readonly clock: SessionClock;
  /** What stood in the file. */
  readonly file: TokenFile;
  readonly sessions: SessionStore<Verifier>;
  readonly makeVerifier: (token: string) => Verifier;
  readonly toText: (verifier: Verifier) => string;
  readonly fromText: (text: string) => Verifier;
  /** Told when the file could not be written as a token ended; the token opens nothing until the next start. */
  readonly onProblem: (error: unknown) => void;
}

/** The tokens of one daemon. */
export class TokenDesk<Verifier> {
  readonly #parts: TokenDeskParts<Verifier>;
  #tokens: readonly IssuedToken[];
  /** Tokens by the session that they have. */
  readonly #bySession = new Map<string, string>();

  constructor(parts: TokenDeskParts<Verifier>) {
    this.#parts = parts;
    const now = parts.clock.now();
    const wentBack = now < parts.file.latest - CLOCK_TOLERANCE_MS;
    this.#tokens = parts.file.tokens.map((token) =>
      token.over === null && (wentBack || now >= token.claims.expiresAt)
        ? { ...token, over: { why: 'expired', at: now, by: null } }
        : token,
    );
    for (const token of this.#tokens) if (token.over === null) this.#open(token);
    parts.sessions.onEveryEnd((session) => this.#ended(session));
    if (this.#tokens.length > 0) this.#save();
  }

  /**
   * Issues a token. It is returned here and never again.
   * @throws SessionError when it lives too long, or there are too many
   */
  create(request: TokenRequest): { readonly token: string; readonly claims: TokenClaims } {
    const { lifetimeMs, workspace, ...scope } = request;
    this.#refuse(lifetimeMs);
    const issuedAt = this.#parts.clock.now();
    const claims: TokenClaims = {
      ...scope,
      id: `tok-${randomBytes(ID_BYTES).toString('hex')}`,
      // Whole seconds, as a token says them; never longer than was asked for.
      issuedAt: Math.floor(issuedAt / 1000) * 1000,
      expiresAt: Math.floor((issuedAt + lifetimeMs) / 1000) * 1000,
    };
    const token = signToken(claims, this.#parts.key);
    const verifier = this.#parts.toText(this.#parts.makeVerifier(token));
    const digest = digestOfToken(token) ?? '';
    const issued: IssuedToken = { claims, workspace, digest, verifier, over: null };
    this.#tokens = [...this.#tokens, issued];
    // On disk first: a token that a restart forgets could not be revoked by name.
    this.#save();
    this.#open(issued);
    return { token, claims };
  }

  /** Every token that is still known, the newest last. */
  list(): readonly IssuedToken[] {
    this.#parts.sessions.list();
    return this.#tokens;
  }

  /**
   * Revokes a token: it opens nothing from now on, and its connections end.
   * @returns false when it was over already
   * @throws SessionError `SESSION_NOT_FOUND`
   */
  revoke(id: string, by: string): boolean {
    const token = this.#tokens.find(({ claims }) => claims.id === id);
    if (token === undefined) {
      throw new SessionError('SESSION_NOT_FOUND', `no token is called \`${id}\``, {
        audience: 'user',
        help: 'agentguard token list',
      });
    }
    if (token.over !== null) return false;
    this.#mark(id, { why: 'revoked', at: this.#parts.clock.now(), by });
    try {
      this.#save();
    } finally {
      // Even when the disk is full: from now on it opens nothing, if only until the next start.
      this.#parts.sessions.end(sessionOf(token), 'revoked');
    }
    return true;
  }

  /** What explains a token that is over to whoever presents it: by the session it had. */
  whyOver(session: string): NonNullable<IssuedToken['over']> | null {
    return this.#tokens.find((token) => sessionOf(token) === session)?.over ?? null;
  }

  /** Verifiers of tokens that are over, so that their holders can be told why; they open nothing. */
  *overVerifiers(): Generator<readonly [string, Verifier]> {
    for (const token of this.#tokens) {
      if (token.over !== null) yield [sessionOf(token), this.#parts.fromText(token.verifier)];
    }
  }

  #refuse(lifetimeMs: number): void {
    if (lifetimeMs < 1000 || lifetimeMs > MAX_TOKEN_LIFETIME_MS) {
      throw new SessionError('CONTROL_REFUSED', 'a token lives between a second and seven days', {
        audience: 'user',
      });
    }
    if (this.#tokens.filter(({ over }) => over === null).length < MAX_LIVE) return;
    throw new SessionError('CONTROL_REFUSED', 'too many tokens are live', {
      audience: 'user',
      help: 'agentguard token list',
    });
  }

  #open(token: IssuedToken): void {
    const { claims, workspace } = token;
    const id = sessionOf(token);
    this.#bySession.set(id, claims.id);
    this.#parts.sessions.adopt({
      id,
      claims,
      workspace,
      askTimeoutMs: ASK_TIMEOUT_MS,
      tokenDigest: token.digest,
      verifier: this.#parts.fromText(token.verifier),
    });
  }

  /** INVARIANT: a stopping daemon ends sessions and no token. */
  #ended({ id, endReason, endedAt }: Session): void {
    const known = this.#bySession.get(id);
    this.#bySession.delete(id);
    if (known === undefined || endReason === 'daemon stopped') return;
    if (this.#tokens.find(({ claims }) => claims.id === known)?.over !== null) return;
    const why = endReason === 'expired' ? 'expired' : 'revoked';
    const by = why === 'expired' ? null : 'the stop of everything';
    this.#mark(known, { why, at: endedAt ?? this.#parts.clock.now(), by });
    try {
      this.#save();
    } catch (error) {
      this.#parts.onProblem(error);
    }
  }

  #mark(id: string, over: NonNullable<IssuedToken['over']>): void {
    this.#tokens = this.#tokens.map((token) =>
      token.claims.id === id ? { ...token, over } : token,
    );
  }

  #save(): void {
    const over = this.#tokens.filter((token) => token.over !== null).slice(-MAX_OVER);
    this.#tokens = this.#tokens.filter((token) => token.over === null || over.includes(token));
    const { path, key, file, clock } = this.#parts;
    const latest = Math.max(clock.now(), file.latest);
    writeTokenFile(path, { salt: file.salt, latest, tokens: this.#tokens }, key);
  }
}

/** A token's session is called after it. */
function sessionOf({ claims }: IssuedToken): string {
  return `ses-${claims.id}`;
}
