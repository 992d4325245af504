/**
 * One-shot grants: what a late approval leaves behind. A grant lets exactly one identical operation pass.
 * INVARIANT: taking a grant removes it in the same step, so two equal requests never share one.
 */

/** How long a late approval stays good. Long enough to repeat a call, short enough to be remembered. */
export const GRANT_LIFETIME_MS = 5 * 60_000;

/** Bound on grants held at once; the oldest goes first. Nobody approves more in five minutes. */
const MAX_GRANTS = 1000;

interface Grant {
  readonly approval: string;
  readonly by: string;
  readonly surface: string;
  readonly madeAt: number;
  readonly expiresAt: number;
}

/** Grants by the digest of the question they answer. */
export class Grants {
  readonly #grants = new Map<string, Grant>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Adds a grant for one operation with this digest. */
  add(digest: string, grant: { approval: string; by: string; surface: string }): void {
    const madeAt = this.#now();
    this.#grants.delete(digest);
    this.#grants.set(digest, { ...grant, madeAt, expiresAt: madeAt + GRANT_LIFETIME_MS });
    const oldest = this.#grants.keys().next();
    if (this.#grants.size > MAX_GRANTS && oldest.done !== true) this.#grants.delete(oldest.value);
  }

  /** Uses up the grant for this digest; null when there is none or it has expired. */
  take(digest: string): Grant | null {
    const grant = this.#grants.get(digest);
    if (grant === undefined) return null;
    this.#grants.delete(digest);
    const now = this.#now();
    // A clock that went backwards makes every grant worthless rather than eternal.
    return now >= grant.madeAt && now < grant.expiresAt ? grant : null;
  }

  /** Whether there is one at all, expired ones included. */
  get any(): boolean {
    return this.#grants.size > 0;
  }

  /** Drops every grant: the policy changed, or the guard was told to stop. */
  clear(): void {
    this.#grants.clear();
  }
}
