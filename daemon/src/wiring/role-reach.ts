/**
 * How far a connection reaches at this moment: the role that its token or its resource gives, by the policy in force.
 * INVARIANT: asked anew for every statement, so that a policy that got stricter holds from the next one on.
 */

import { randomBytes } from 'node:crypto';
import { digestOf, RoleRewriter, scopeOf } from '@agentguard/rules';
import type { PolicyState, SqlParser, TokenClaims } from '@agentguard/rules';
import type { ConnectionFacts } from '../enforcement/enforcement.ts';
import { WHOLE } from '../protocols/postgres/reach.ts';
import type { Reach } from '../protocols/postgres/reach.ts';

/** Roles with their values that are kept ready: one for each live token, and few tokens are busy at once. */
const MAX_KEPT = 128;

/** What the answer depends on. */
export interface RoleReachParts {
  readonly parser: SqlParser;
  /** What is in force for a session. */
  readonly policy: (session: string) => PolicyState;
  /** What the token of a session carries; null or undefined for nothing. */
  readonly claims: (session: string) => TokenClaims | null | undefined;
}

/** Makes the one who answers. */
export function makeRoleReach(parts: RoleReachParts): (connection: ConnectionFacts) => Reach {
  const kept = new Map<string, Reach>();
  // Of this run of the daemon: a digest of yesterday says nothing today.
  const secret = randomBytes(32);
  return ({ principal, resource }) => {
    const state = parts.policy(principal.session);
    // Where nothing passes at all there is nothing to rewrite.
    if (state.kind !== 'in force') return WHOLE;
    const claims = parts.claims(principal.session) ?? null;
    const scope = scopeOf(state.policy, resource.name, claims);
    if (scope.kind !== 'role') return WHOLE;
    const { role, values } = scope;
    const key = JSON.stringify([state.policy.revision, role.name, values]);
    const place = `${principal.session} ${key}`;
    const known = kept.get(place);
    if (known !== undefined) return known;
    const rewriter = new RoleRewriter({ role, values }, parts.parser);
    const maskKey = digestOf(principal.session, secret);
    const made: Reach = { kind: 'role', role: role.name, key, rewriter, maskKey };
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(place, made);
    return made;
  };
}
