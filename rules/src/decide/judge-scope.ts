/** The role that holds for an operation, and what of the operation lies outside of it. */

import type { ActionFacts, OperationFacts } from '../facts/operation.ts';
import { judgeStatement } from '../roles/judge-role.ts';
import { scopeOf } from '../roles/scope-of.ts';
import type { Scope } from '../roles/scope-of.ts';
import { tableOf } from '../roles/role-scope.ts';
import type { RoleScope } from '../roles/role-scope.ts';
import { effectsOfAction } from '../facts/action.ts';
import type { ObjectName } from '../facts/effect.ts';
import type { Obligation, RuleMatch } from './decision.ts';
import type { Policy } from './policy-state.ts';

/** What the scope says of an operation. */
export interface ScopeAnswer {
  readonly scope: Scope;
  /** Denials, those of forbidden operations first. Empty: the scope grants all of it. */
  readonly matches: readonly RuleMatch[];
  readonly obligations: readonly Obligation[];
}

/** SECURITY(P-70): holds an operation against its role. What the role does not name is denied, by nobody to be lifted. */
export function judgeScope(facts: OperationFacts, policy: Policy): ScopeAnswer {
  const scope = scopeOf(policy, facts.resource.name, facts.token);
  switch (scope.kind) {
    case 'none':
      return { scope, matches: [], obligations: [] };
    case 'refused':
      return { scope, matches: [deny('role/scope', scope.reason, 0)], obligations: [] };
    case 'role':
      return {
        scope,
        matches: judgeAction(facts.action, scope),
        obligations: obligationsOf(facts.action, scope.role),
      };
  }
}

function judgeAction(action: ActionFacts, scope: Scope & { readonly kind: 'role' }): RuleMatch[] {
  // A role speaks of tables. Hosts and tools have lists and rules of their own.
  const sql =
    action.protocol === 'mcp' ? action.mcp.sql : action.protocol === 'postgres' ? action.sql : null;
  if (sql === null) return [];
  const { name } = scope.role;
  const forbidden: RuleMatch[] = [];
  const outside: RuleMatch[] = [];
  for (const [index, statement] of sql.statements.entries()) {
    for (const found of judgeStatement(statement, scope.role, scope.forbidden)) {
      const list = found.forbidden ? forbidden : outside;
      const rule = found.forbidden ? `role/${name}/forbidden` : `role/${name}`;
      if (list.some(({ reason }) => reason === found.reason)) continue;
      list.push(deny(rule, found.reason, index));
    }
  }
  return [...forbidden, ...outside];
}

/** SECURITY(P-70): whatever a role shows in part is shown by a rewritten tree or not at all. */
function obligationsOf(action: ActionFacts, role: RoleScope): readonly Obligation[] {
  const narrowed = effectsOfAction(action).some(
    (effect) => 'object' in effect && effect.object !== null && isNarrowed(effect.object, role),
  );
  return narrowed ? [{ kind: 'rewrite', role: role.name }] : [];
}

/** Whether the role shows less of a table than all of it. */
function isNarrowed({ schema, name }: ObjectName, role: RoleScope): boolean {
  const table = tableOf(role, schema, name);
  if (table === undefined) return false;
  const whole = table.operations.has('SELECT') && !table.columns.has('SELECT');
  return !whole || table.filters.length > 0 || table.masks.size > 0;
}

function deny(rule: string, reason: string, statement: number): RuleMatch {
  return { rule, verdict: 'deny', reason, statement };
}
