/** What the pieces of a decision cost by themselves: no sockets, no server. */

import { decide, policyWithoutFile } from '@agentguard/rules';
import type { Effect, OperationFacts, PolicyState } from '@agentguard/rules';
import { analysisWorks, type Works } from './analysis.ts';
import { manyRulesWorks } from './many-rules.ts';
import { timePerCallUs } from './measure.ts';
import { print, printTable, showCount, showSpread } from './report.ts';
import type { Spread } from './statistics.ts';

const POLICY: PolicyState = { kind: 'in force', policy: policyWithoutFile('bench') };
const ACCOUNTS = { kind: 'table', schema: 'public', name: 'pgbench_accounts' } as const;
const READ: Effect = { kind: 'read', object: ACCOUNTS, via: [] };
const TRUNCATE: Effect = { kind: 'truncate', object: ACCOUNTS, via: [] };

/** Measures each piece and prints the table. */
export async function measureParts(): Promise<void> {
  print('pieces, microseconds per call, median (min to max) of batches');
  const rows: string[][] = [['piece', 'us', 'per second']];
  const works = [...decisions(), ...(await manyRulesWorks()), ...(await analysisWorks())];
  for (const [name, work] of works) {
    rows.push(toRow(name, timePerCallUs(work)));
  }
  printTable(rows);
}

function toRow(name: string, spread: Spread): string[] {
  return [name, showSpread(spread, 2), showCount(1e6 / spread.median)];
}

function decisions(): Works {
  const cases: readonly (readonly [string, readonly Effect[]])[] = [
    ['decide: a read', [READ]],
    ['decide: twenty reads', Array.from({ length: 20 }, () => READ)],
    ['decide: TRUNCATE', [TRUNCATE]],
  ];
  return cases.map(([name, effects]) => {
    const facts = toFacts(effects);
    return [name, () => void decide(facts, POLICY, 'dec-bench')] as const;
  });
}

function toFacts(effects: readonly Effect[]): OperationFacts {
  const statement = { command: 'SELECT', start: 0, end: 9, functions: [], changesState: false };
  return {
    principal: { person: 'ana', agent: 'pgbench', session: 'ses-bench' },
    token: null,
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
