/**
 * What a token says of its holder, fixed when it was issued. Nothing in here is secret, and nothing in here is ever
 * taken from what the holder sends beside the token.
 */

/** The scope of one token. A session that was started without any has claims with `role` null. */
export interface TokenClaims {
  /** Public name of the token, `tok-...`, or of the session that it belongs to. */
  readonly id: string;
  /** Name of the role that its holder has; null: whatever role a resource gives by itself. */
  readonly role: string | null;
  /** What `{{ token.NAME }}` stands for in filters: `tenant_id` and whatever else was given. */
  readonly values: Readonly<Record<string, string>>;
  /** The only resources it opens; null: those of its session. */
  readonly resources: readonly string[] | null;
  /** Account of the person who issued it. */
  readonly person: string;
  /** The person it acts for, vouched for by the issuer; null: nobody in particular. */
  readonly onBehalfOf: string | null;
  readonly agent: string | null;
  readonly label: string | null;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}
