import { describe, expect, test } from 'vitest';
import type { Effect } from '../facts/effect.ts';
import type { SqlFacts } from '../facts/sql-facts.ts';
import { describeCounts } from './describe-counts.ts';
import { toNumber, whyOverLimit } from './limits.ts';
import { wantsNumbers, whyNotMeasurable } from './measurable.ts';
import { isWithin, rowsChanged, toCounts, UNCOUNTED } from './measurement.ts';

const USERS = { kind: 'table', schema: 'public', name: 'users' } as const;
const DELETE: Effect = { kind: 'delete', object: USERS, rows: 'all', via: [] };

function facts(effects: readonly Effect[], command = 'DELETE'): SqlFacts {
  const statement = { command, start: 0, end: 1, effects, functions: [], changesState: false };
  return { statements: [statement], literalsIgnored: false, secretSpans: [] };
}

describe('what can be measured', () => {
  test('is what a rollback takes back whole', () => {
    expect(whyNotMeasurable(facts([DELETE]))).toBeNull();
    expect(whyNotMeasurable(facts([DELETE, { kind: 'notify', channel: 'c', via: [] }]))).toBeNull();
    expect(wantsNumbers(facts([DELETE]))).toBe(true);
  });

  const escapes: readonly Effect[] = [
    { kind: 'outside', target: 'program', name: 'rm', via: [] },
    { kind: 'unknown', reason: 'dynamic SQL', via: [] },
    { kind: 'late', action: 'WITH HOLD', via: [] },
    { kind: 'transaction', action: 'commit', via: [] },
    { kind: 'sequence', object: { ...USERS, kind: 'sequence' }, action: 'set', via: [] },
    { kind: 'insert', object: { ...USERS, kind: 'foreign table' }, columns: [], via: [] },
    { kind: 'drop', object: { ...USERS, kind: 'database' }, cascade: false, via: [] },
    { kind: 'create', object: USERS, via: [] },
  ];
  test.each(escapes)('is nothing with %j in it', (effect) => {
    expect(whyNotMeasurable(facts([DELETE, effect]))).not.toBeNull();
  });

  test('is no COPY from the client, whose rows come once', () => {
    const insert: Effect = { kind: 'insert', object: USERS, columns: [], via: [] };
    expect(whyNotMeasurable(facts([insert], 'COPY'))).not.toBeNull();
    expect(whyNotMeasurable(facts([insert], 'INSERT'))).toBeNull();
  });

  test('counts nothing of temporary tables and reads', () => {
    const own: Effect = { ...DELETE, object: { ...USERS, own: true } };
    expect(wantsNumbers(facts([own, { kind: 'read', object: USERS, via: [] }]))).toBe(false);
  });
});

describe('an approved effect', () => {
  const approved = { 'deleted public.users': 2, 'deleted public.orders': 10 };
  const within = [{}, { 'deleted public.users': 2 }, { 'deleted public.orders': 10 }, approved];
  test.each(within)('covers %j', (counts) => {
    expect(isWithin(counts, approved)).toBe(true);
  });
  const beyond = [
    { 'deleted public.users': 3 },
    { 'deleted public.users': 1, 'deleted public.items': 1 },
    { 'updated public.users': 1 },
    { 'emptied public.users': UNCOUNTED },
    { 'removed table public.users': 1 },
    { 'system catalog rows': 1 },
  ];
  test.each(beyond)('does not cover %j', (counts) => {
    expect(isWithin(counts, approved)).toBe(false);
  });
});

describe('a limit', () => {
  const before = { transaction: 0, session: 0 };
  test('holds for the statement, the transaction and the session', () => {
    const counts = { 'deleted public.users': 3 };
    expect(whyOverLimit(counts, 3, before)).toBeNull();
    expect(whyOverLimit(counts, 2, before)).toContain('3 rows');
    expect(whyOverLimit(counts, 5, { ...before, transaction: 3 })).toContain(
      'transaction changes 6',
    );
    expect(whyOverLimit(counts, 5, { ...before, session: 3 })).toContain('session changes 6');
  });
  test('is never kept by what cannot be counted', () => {
    expect(whyOverLimit({ 'emptied public.users': UNCOUNTED }, 1_000, before)).not.toBeNull();
    expect(whyOverLimit({ 'removed table public.users': 1 }, 1_000, before)).not.toBeNull();
    expect(whyOverLimit({ 'system catalog rows': 1 }, 1_000, before)).not.toBeNull();
  });
  test('does not stand in the way of what changes nothing', () => {
    expect(whyOverLimit({}, 5, { transaction: 0, session: 99 })).toBeNull();
  });
});

test('counts are sorted, without zeros, and add up', () => {
  const counts = toCounts({
    changes: [{ table: 'public.users', inserted: 0, updated: 2, deleted: 1 }],
    emptied: [{ table: 'public.logs', rows: 7 }],
    removed: [],
    catalogRows: 0,
  });
  expect(Object.entries(counts)).toEqual([
    ['deleted public.users', 1],
    ['emptied public.logs', 7],
    ['updated public.users', 2],
  ]);
  expect(rowsChanged(counts)).toBe(10);
});

test('counts are said with the way that each was reached by, the statement itself first', () => {
  const orders = { ...USERS, name: 'orders' };
  const cascade: Effect = { ...DELETE, object: orders, via: ['cascade orders_user_fk'] };
  const counts = { 'deleted public.orders': 4812, 'deleted public.users': 1 };
  expect(describeCounts(counts, [DELETE, cascade])).toEqual([
    'deletes 1 row of public.users',
    'deletes 4,812 rows of public.orders (through cascade orders_user_fk)',
  ]);
  expect(toNumber(1234567)).toBe('1,234,567');
});
