import { describe, expect, test } from 'vitest';
import { KEEP_MS, KEEP_PER_SESSION, KEEP_SESSIONS } from './limits.ts';
import { selectExpired } from './prune.ts';
import type { SavePoint } from './save-point.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function point(id: number, session: string | null, agoMs: number): SavePoint {
  const time = new Date(NOW - agoMs).toISOString();
  return {
    version: 1,
    id: `sp-${id.toString(16).padStart(8, '0')}`,
    session,
    number: id + 1,
    root: '/work',
    agent: 'agent',
    reason: 'by hand',
    detail: null,
    startedAt: time,
    completedAt: time,
    files: 1,
    bytes: 1,
    addedBytes: 1,
    misses: [],
    moreMisses: 0,
    cut: false,
    repository: null,
  };
}

/** Oldest first, as the store lists them. */
function many(count: number, make: (at: number) => SavePoint): readonly SavePoint[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

describe('a save point goes', () => {
  test('when it is older than the time it is kept for, and not a moment earlier', () => {
    const [old, young] = [point(1, 'a', KEEP_MS + 1), point(2, 'b', KEEP_MS)];
    expect(selectExpired([old, young], NOW)).toEqual([old]);
  });

  test('when its session has more than are kept, the oldest first', () => {
    const points = many(KEEP_PER_SESSION + 3, (at) => point(at, 'a', HOUR_MS - at));
    expect(selectExpired(points, NOW)).toEqual(points.slice(1, 3));
  });

  test('when there are too many sessions since then, and it is not of the last day', () => {
    const points = many(KEEP_SESSIONS + 2, (at) => point(at, `s${at}`, 2 * DAY_MS - at));
    expect(selectExpired(points, NOW)).toEqual(points.slice(0, 2));
  });
});

describe('a save point stays', () => {
  test('when it is the first of its session, however many more the session makes', () => {
    const points = many(KEEP_PER_SESSION * 10, (at) => point(at, 'a', HOUR_MS - at));
    expect(selectExpired(points, NOW)).not.toContain(points[0]);
  });

  test('when it is of the last day, however many sessions there are', () => {
    const points = many(KEEP_SESSIONS * 3, (at) => point(at, `s${at}`, HOUR_MS - at));
    expect(selectExpired(points, NOW)).toEqual([]);
  });

  test('when it is one of as many as are kept', () => {
    const points = many(KEEP_PER_SESSION + 1, (at) => point(at, null, HOUR_MS - at));
    expect(selectExpired(points, NOW)).toEqual([]);
  });
});
