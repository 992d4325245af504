import { expect, test } from 'vitest';
import { UsageError } from '../exit-code.ts';
import { toAuditFilter } from './audit-filter.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');

test('what was not typed says nothing', () => {
  const filter = toAuditFilter({}, NOW);
  expect(Object.values(filter).filter((value) => value !== null)).toEqual([]);
});

test('times count back from now, or are dates', () => {
  expect(toAuditFilter({ since: '2h', until: '30m' }, NOW)).toMatchObject({
    since: '2026-11-21T10:00:00.000Z',
    until: '2026-11-21T11:30:00.000Z',
  });
  expect(toAuditFilter({ since: '2026-11-20' }, NOW).since).toBe('2026-11-20T00:00:00.000Z');
});

test('a time that is none is refused rather than ignored', () => {
  expect(() => toAuditFilter({ since: 'yesterday-ish' }, NOW)).toThrow(UsageError);
});
