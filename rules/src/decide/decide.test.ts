import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { Effect } from '../facts/effect.ts';
import type { Environment, OperationFacts } from '../facts/operation.ts';
import { decide } from './decide.ts';
import type { Verdict } from './decision.ts';
import { policyWithoutFile } from './policy-state.ts';
import type { PolicyState } from './policy-state.ts';

const IN_FORCE: PolicyState = { kind: 'in force', policy: policyWithoutFile('r1') };
const USERS = { kind: 'table', schema: 'public', name: 'users' } as const;
const TEMPORARY = { kind: 'table', schema: 'pg_temp', name: 'scratch' } as const;

function operation(
  effects: readonly Effect[],
  environment: Environment,
  windowOpen = false,
): OperationFacts {
  return {
    principal: { person: 'ana', agent: 'claude', session: 's1' },
    token: null,
    resource: { name: 'db', kind: 'postgres', environment },
    action: {
      protocol: 'postgres',
      sql: {
        statements: [
          { command: 'X', start: 0, end: 1, effects, functions: [], changesState: false },
        ],
        literalsIgnored: false,
        secretSpans: [],
      },
    },
    context: { now: 0, windowOpen, inTransaction: false },
  };
}

interface Case {
  readonly name: string;
  readonly effect: Effect;
  readonly production: Verdict;
  readonly window: Verdict;
  readonly development: Verdict;
}

const via: readonly string[] = [];
const CASES: readonly Case[] = [
  {
    name: 'a read',
    effect: { kind: 'read', object: USERS, via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'an insert',
    effect: { kind: 'insert', object: USERS, columns: [], via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'a bounded update',
    effect: { kind: 'update', object: USERS, columns: ['a'], rows: 'bounded', via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'an update of every row',
    effect: { kind: 'update', object: USERS, columns: ['a'], rows: 'all', via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'a delete of nobody knows how many rows',
    effect: { kind: 'delete', object: USERS, rows: 'unknown', via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'a delete of every row of a temporary table',
    effect: { kind: 'delete', object: TEMPORARY, rows: 'all', via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'a delete of every row of a table that this connection has just made',
    effect: { kind: 'delete', object: { ...USERS, own: true }, rows: 'all', via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'TRUNCATE',
    effect: { kind: 'truncate', object: USERS, via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'DROP',
    effect: { kind: 'drop', object: USERS, cascade: true, via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'DROP COLUMN',
    effect: { kind: 'alter', object: USERS, action: 'drop column a', loss: 'data', via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'a rename',
    effect: { kind: 'alter', object: USERS, action: 'rename to old', loss: 'access', via },
    production: 'ask',
    window: 'ask',
    development: 'allow',
  },
  {
    name: 'ADD COLUMN',
    effect: { kind: 'alter', object: USERS, action: 'add column a', loss: 'none', via },
    production: 'ask',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'CREATE TABLE',
    effect: { kind: 'create', object: USERS, via },
    production: 'ask',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'CREATE TEMPORARY TABLE',
    effect: { kind: 'create', object: TEMPORARY, via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'CREATE EXTENSION',
    effect: { kind: 'create', object: { kind: 'extension', schema: null, name: 'x' }, via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'GRANT',
    effect: { kind: 'privilege', object: USERS, action: 'GRANT', via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'an allowed setting',
    effect: { kind: 'setting', name: 'timezone', value: 'UTC', allowed: true, via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'a setting that blinds',
    effect: { kind: 'setting', name: 'track_counts', value: 'off', allowed: false, via },
    production: 'deny',
    window: 'deny',
    development: 'deny',
  },
  {
    name: 'SET ROLE',
    effect: { kind: 'identity', action: 'SET ROLE', via },
    production: 'deny',
    window: 'deny',
    development: 'deny',
  },
  {
    name: 'a write to the catalog',
    effect: {
      kind: 'catalog write',
      object: { kind: 'table', schema: 'pg_catalog', name: 'pg_class' },
      via,
    },
    production: 'deny',
    window: 'deny',
    development: 'deny',
  },
  {
    name: 'a cursor that acts at commit',
    effect: { kind: 'late', action: 'DECLARE WITH HOLD', via },
    production: 'deny',
    window: 'deny',
    development: 'deny',
  },
  {
    name: 'PREPARE TRANSACTION',
    effect: { kind: 'transaction', action: 'prepare', via },
    production: 'deny',
    window: 'deny',
    development: 'deny',
  },
  {
    name: 'COMMIT',
    effect: { kind: 'transaction', action: 'commit', via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'a program on the server',
    effect: { kind: 'outside', target: 'program', name: 'COPY TO PROGRAM', via },
    production: 'deny',
    window: 'deny',
    development: 'deny',
  },
  {
    name: 'setval',
    effect: {
      kind: 'sequence',
      object: { kind: 'sequence', schema: 'public', name: 's' },
      action: 'set',
      via,
    },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
  {
    name: 'nextval',
    effect: {
      kind: 'sequence',
      object: { kind: 'sequence', schema: 'public', name: 's' },
      action: 'advance',
      via,
    },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'LOCK TABLE in ACCESS SHARE MODE',
    effect: { kind: 'lock', object: USERS, mode: 'ACCESS SHARE', via },
    production: 'allow',
    window: 'allow',
    development: 'allow',
  },
  {
    name: 'LOCK TABLE in ACCESS EXCLUSIVE MODE',
    effect: { kind: 'lock', object: USERS, mode: 'ACCESS EXCLUSIVE', via },
    production: 'ask',
    window: 'ask',
    development: 'allow',
  },
  {
    name: 'VACUUM FULL',
    effect: { kind: 'maintenance', action: 'VACUUM FULL', object: USERS, via },
    production: 'ask',
    window: 'ask',
    development: 'allow',
  },
  {
    name: 'what cannot be seen through',
    effect: { kind: 'unknown', reason: 'dynamic SQL', via },
    production: 'ask',
    window: 'ask',
    development: 'ask',
  },
];

describe('the built-in policy', () => {
  test.each(CASES)('judges $name', ({ effect, production, window, development }) => {
    expect(decide(operation([effect], 'production'), IN_FORCE, 'd').verdict).toBe(production);
    expect(decide(operation([effect], 'unknown'), IN_FORCE, 'd').verdict).toBe(production);
    expect(decide(operation([effect], 'production', true), IN_FORCE, 'd').verdict).toBe(window);
    expect(decide(operation([effect], 'development'), IN_FORCE, 'd').verdict).toBe(development);
  });
});

describe('precedence', () => {
  const effects = fc.array(fc.constantFrom(...CASES.map((item) => item.effect)), { maxLength: 8 });
  const rank = { allow: 0, ask: 1, deny: 2 };

  test('adding an effect never makes the verdict milder, and order does not matter', () => {
    fc.assert(
      fc.property(effects, effects, (some, more) => {
        const alone = decide(operation(some, 'production'), IN_FORCE, 'd').verdict;
        const together = decide(operation([...some, ...more], 'production'), IN_FORCE, 'd').verdict;
        const turned = decide(operation([...more, ...some], 'production'), IN_FORCE, 'd').verdict;
        expect(rank[together]).toBeGreaterThanOrEqual(rank[alone]);
        expect(turned).toBe(together);
      }),
    );
  });

  test('a policy that cannot be put in force denies even a read', () => {
    const broken: PolicyState = { kind: 'broken', problem: 'line 3' };
    const decision = decide(operation([], 'development'), broken, 'd');
    expect(decision.verdict).toBe('deny');
    expect(decision.rules[0]?.rule).toBe('builtin/no-policy');
  });

  test('a stop of everything denies even a read, and says who can end it', () => {
    const stopped: PolicyState = { kind: 'stopped', by: 'ana' };
    const decision = decide(operation([], 'development'), stopped, 'd');
    expect(decision.verdict).toBe('deny');
    expect(decision.rules[0]?.rule).toBe('builtin/panic');
    expect(decision.reason).toBe('everything was stopped by ana until `agentguard resume`');
  });

  test('says through what an effect happens', () => {
    const effect: Effect = { kind: 'truncate', object: USERS, via: ['function public.purge'] };
    expect(decide(operation([effect], 'production'), IN_FORCE, 'd').reason).toBe(
      'TRUNCATE removes every row of public.users (through function public.purge)',
    );
  });
});
