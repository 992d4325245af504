/**
 * The answer of the decision point. A denial is a value like any other.
 */

export type Verdict = 'allow' | 'ask' | 'deny';

/** A rule that matched, with the words that say why. */
export interface RuleMatch {
  /** `builtin/truncate`, or the id in the policy file. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** One clause for a person: `TRUNCATE removes every row of public.users`. */
  readonly reason: string;
  /** Which statement of the message, from 0. */
  readonly statement: number;
}

/** Something enforcement must do for the decision to hold. One that is not understood turns the decision into deny. */
export type Obligation =
  | { readonly kind: 'read-only' }
  /**
   * The role filters, masks or narrows what this operation touches: its tree is rewritten by that role before anything
   * goes upstream, and what cannot be rewritten is denied.
   */
  | { readonly kind: 'rewrite'; readonly role: string };

/** A verdict with everything needed to explain it and to find it again. */
export interface Decision {
  readonly id: string;
  readonly verdict: Verdict;
  /** The rules that carried the verdict, strongest first. Empty only for a plain allow by default. */
  readonly rules: readonly RuleMatch[];
  /** One sentence that a person and an agent can act on. */
  readonly reason: string;
  readonly obligations: readonly Obligation[];
  /** Digest of the policy in force, in hexadecimal. */
  readonly policyRevision: string;
  /** True for what may never be remembered and needs typed confirmation. */
  readonly critical: boolean;
}
