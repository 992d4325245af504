/**
 * The person's own policy and the accepted one of a project, together. The person's stands above: a role of the same name
 * is theirs, and of limits the smaller holds. Rules of both are asked; a denial wins anyway.
 */

import type { Policy } from '../decide/policy-state.ts';
import type { ResourcePolicy } from './resource-policy.ts';

/**
 * Puts two policies together.
 * @param revision of the whole
 */
export function mergePolicies(person: Policy, project: Policy, revision: string): Policy {
  const resources = new Map(project.resources);
  for (const [name, own] of person.resources) {
    const theirs = resources.get(name);
    resources.set(name, theirs === undefined ? own : mergeResources(own, theirs));
  }
  const mcp = [...(person.mcp ?? []), ...(project.mcp ?? [])];
  return {
    ...(mcp.length === 0 ? {} : { mcp }),
    revision,
    roles: new Map([...project.roles, ...person.roles]),
    resources,
    rules: [...person.rules, ...project.rules],
  };
}

function mergeResources(own: ResourcePolicy, theirs: ResourcePolicy): ResourcePolicy {
  return {
    kind: own.kind,
    environment: own.environment ?? theirs.environment,
    role: own.role ?? theirs.role,
    limits: {
      rowsChanged: smaller(own.limits.rowsChanged, theirs.limits.rowsChanged),
      rowsReturned: smaller(own.limits.rowsReturned, theirs.limits.rowsReturned),
    },
    credential: own.credential ?? theirs.credential,
    packs: [...new Set([...own.packs, ...theirs.packs])],
    onBehalfOfRequired: own.onBehalfOfRequired || theirs.onBehalfOfRequired,
  };
}

function smaller(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}
