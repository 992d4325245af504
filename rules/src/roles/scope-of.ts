/**
 * Which role holds for an operation: that of the token, or the one that the resource gives by itself. The one answer to
 * this question, for deciding, rewriting and masking alike.
 */

import type { Policy } from '../decide/policy-state.ts';
import { didYouMean } from './nearest-word.ts';
import type { ForbiddableOperation, RoleScope } from './role-scope.ts';
import type { TokenClaims } from './token-claims.ts';

/**
 * `none`: no role holds, so the built-in rules alone speak. `role`: this one, with every value that its filters need.
 * `refused`: a role holds that this token cannot have, so nothing passes.
 */
export type Scope =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'role';
      readonly role: RoleScope;
      /** Its own forbidden operations and those of the resource's role, which no other role lifts. */
      readonly forbidden: ReadonlySet<ForbiddableOperation>;
      /** What its filters take from the token; has every name in `role.variables`. */
      readonly values: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** The scope of a token's holder on a resource. A token without claims is one that names no role. */
export function scopeOf(policy: Policy, resource: string, claims: TokenClaims | null): Scope {
  const said = policy.resources.get(resource);
  const name = claims?.role ?? said?.role ?? null;
  if (said?.onBehalfOfRequired === true && claims?.onBehalfOf == null) {
    return refuse(`\`${resource}\` is used on behalf of a person, and this token names none`);
  }
  if (name === null) return { kind: 'none' };
  const role = policy.roles.get(name);
  if (role === undefined) {
    return refuse(`no role is called \`${name}\`${didYouMean(name, policy.roles.keys())}`);
  }
  if (role.onBehalfOfRequired && claims?.onBehalfOf == null) {
    return refuse(`the role \`${name}\` is used on behalf of a person, and this token names none`);
  }
  const values = claims?.values ?? {};
  for (const variable of role.variables) {
    if (Object.hasOwn(values, variable)) continue;
    return refuse(
      `the role \`${name}\` filters by \`token.${variable}\`, which this token does not have`,
    );
  }
  const own = said?.role == null ? undefined : policy.roles.get(said.role);
  const forbidden = new Set([...role.forbidden, ...(own?.forbidden ?? [])]);
  return { kind: 'role', role, forbidden, values };
}

function refuse(reason: string): Scope {
  return { kind: 'refused', reason };
}
