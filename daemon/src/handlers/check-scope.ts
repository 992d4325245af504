/** Refuses a scope that the policy in force gives no meaning to, where a person still sees why. */

import { scopeOf } from '@agentguard/rules';
import type { PolicyState, TokenClaims } from '@agentguard/rules';
import { ControlError } from '../errors.ts';
import type { SessionScope } from '../sessions/session.ts';

/** What a scope is asked for. */
export interface ScopePlace {
  readonly resources: readonly string[];
  /** Folder whose project's policy holds. */
  readonly workspace: string;
}

/** @throws ControlError `CONTROL_REFUSED` naming what is missing */
export type CheckScope = (scope: SessionScope, place: ScopePlace) => void;

/** Makes the check over the policy that is in force for a folder. */
export function makeCheckScope(policy: (workspace: string) => PolicyState): CheckScope {
  return (scope, { resources, workspace }) => {
    const state = policy(workspace);
    if (state.kind !== 'in force') return;
    const claims: TokenClaims = {
      ...scope,
      id: 'asked for',
      resources,
      person: '',
      agent: null,
      label: null,
      issuedAt: 0,
      expiresAt: 0,
    };
    // With no resource at hand the role alone is looked at.
    for (const resource of resources.length === 0 ? [''] : resources) {
      const found = scopeOf(state.policy, resource, claims);
      if (found.kind !== 'refused') continue;
      throw new ControlError('CONTROL_REFUSED', found.reason, {
        audience: 'user',
        help: 'agentguard policy show lists the roles; --tenant-id, --value and --on-behalf-of give what they need',
      });
    }
  };
}
