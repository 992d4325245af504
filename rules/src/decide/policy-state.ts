/** What is in force: a policy with a revision, or the knowledge that none can be. */

import type { McpPolicies } from '../mcp/mcp-policy.ts';
import type { PolicyRule } from '../policy/rules-schema.ts';
import type { ResourcePolicy } from '../policy/resource-policy.ts';
import type { RoleScope } from '../roles/role-scope.ts';

/** The policy as deciding needs it. */
export interface Policy {
  /** SHA-256 of the accepted sources, in hexadecimal. */
  readonly revision: string;
  /** Roles after inheritance, by name. */
  readonly roles: ReadonlyMap<string, RoleScope>;
  /** What is said of resources, by name. */
  readonly resources: ReadonlyMap<string, ResourcePolicy>;
  /** The rules of files, in their order. */
  readonly rules: readonly PolicyRule[];
  /** What each file in force says of MCP servers. Left out when none does. */
  readonly mcp?: McpPolicies;
}

/** The policy when there is no file: the built-in rules alone. */
export function policyWithoutFile(revision: string): Policy {
  return { revision, roles: new Map(), resources: new Map(), rules: [] };
}

/**
 * `broken`: there is a file and it cannot be put in force, so nothing may pass.
 * `stopped`: a person stopped everything until further notice.
 */
export type PolicyState =
  | { readonly kind: 'in force'; readonly policy: Policy }
  | { readonly kind: 'broken'; readonly problem: string }
  | { readonly kind: 'stopped'; readonly by: string };
