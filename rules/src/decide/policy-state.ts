/** What is in force: a policy with a revision, or the knowledge that none can be. */

/** The policy as deciding needs it. Roles and rules of files join it here. */
export interface Policy {
  /** SHA-256 of the accepted sources, in hexadecimal. */
  readonly revision: string;
}

/**
 * `broken`: there is a file and it cannot be put in force, so nothing may pass.
 * `stopped`: a person stopped everything until further notice.
 */
export type PolicyState =
  | { readonly kind: 'in force'; readonly policy: Policy }
  | { readonly kind: 'broken'; readonly problem: string }
  | { readonly kind: 'stopped'; readonly by: string };
