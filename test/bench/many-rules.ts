/** Deciding under a large policy: fifty roles that inherit from each other, and two hundred rules. */

import { decide, loadSqlParser, parsePolicy } from '@agentguard/rules';
import type { Effect, OperationFacts, PolicyState } from '@agentguard/rules';
import type { Works } from './analysis.ts';

const ROLES = 50;
const RULES = 200;

/** Rules of the kinds that people write; none matches, so that every one is asked. */
const CONDITIONS = [
  'resource.production && sql.ddl && !window.open',
  'sql.effects.exists(e, e.kind == "delete" && e.object == "public.payments_N")',
  '"public.table_N" in sql.tables && sql.writes',
  'token.values["tenant_id"] == "tenant-N"',
  'principal.agent == "agent-N" && sql.writes',
  'mcp.tool == "tool-N"',
];

function policyText(): string {
  const roles = Array.from({ length: ROLES }, (_, index) => {
    const parent = index % 10 === 0 ? '' : `    inherits: role_${index - 1}\n`;
    return `  role_${index}:\n${parent}    tables: { accounts: [SELECT, UPDATE], table_${index}: [SELECT] }
    columns: { accounts: { UPDATE: [notes, status] } }\n`;
  });
  const rules = Array.from({ length: RULES }, (_, index) => {
    const condition = (CONDITIONS[index % CONDITIONS.length] ?? '').replaceAll('_N', `_${index}`);
    return `  - { id: rule-${index}, effect: deny, when: '${condition.replaceAll('-N', `-${index}`)}' }\n`;
  });
  return `version: 1\nroles:\n${roles.join('')}rules:\n${rules.join('')}`;
}

/** One read and one change under the last role, and what loading the file costs. */
export async function manyRulesWorks(): Promise<Works> {
  const parser = await loadSqlParser();
  const text = policyText();
  const parsed = parsePolicy(text, parser);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const state: PolicyState = { kind: 'in force', policy: parsed.file };
  const object = { kind: 'table', schema: 'public', name: 'accounts' } as const;
  const read: Effect = { kind: 'read', object, via: [] };
  const update: Effect = { kind: 'update', object, columns: ['notes'], rows: 'bounded', via: [] };
  const cases: readonly (readonly [string, readonly Effect[]])[] = [
    ['a read', [read]],
    ['an update', [read, update]],
  ];
  return [
    ...cases.map(([name, effects]) => {
      const facts = toFacts(effects);
      const { verdict, rules } = decide(facts, state, 'dec-bench');
      if (verdict !== 'allow')
        throw new Error(`the benchmark is denied: ${rules[0]?.reason ?? ''}`);
      const work = (): void => void decide(facts, state, 'dec-bench');
      return [`decide: ${name}, ${ROLES} roles, ${RULES} rules`, work] as const;
    }),
    [`load ${ROLES} roles, ${RULES} rules`, () => void parsePolicy(text, parser)],
  ];
}

function toFacts(effects: readonly Effect[]): OperationFacts {
  const statement = { command: 'UPDATE', start: 0, end: 9, functions: [], changesState: false };
  return {
    principal: { person: 'ana', agent: 'bench', session: 'ses-bench' },
    token: {
      id: 'tok-bench',
      role: `role_${ROLES - 1}`,
      values: { tenant_id: 'acme' },
      resources: null,
      person: 'ana',
      onBehalfOf: null,
      agent: null,
      label: null,
      issuedAt: 0,
      expiresAt: 1,
    },
    resource: { name: 'bench', kind: 'postgres', environment: 'production' },
    action: {
      protocol: 'postgres',
      sql: {
        statements: [{ ...statement, effects }],
        literalsIgnored: true,
        secretSpans: [],
      },
    },
    context: { now: 0, windowOpen: false, inTransaction: false },
  };
}
