import { expect, test } from 'vitest';
import { MAX_WINDOW_MS, MigrationWindows } from './migration-windows.ts';

const request = { resource: 'db', durationMs: 60_000, by: 'ana', now: 1000 };

test('a window is open from its opening until its end, for its own resource only', () => {
  const windows = new MigrationWindows();
  windows.open(request);
  expect(windows.isOpen('db', 1000)).toBe(true);
  expect(windows.isOpen('db', 60_999)).toBe(true);
  expect(windows.isOpen('db', 61_000)).toBe(false);
  expect(windows.isOpen('other', 1000)).toBe(false);
});

test('a clock that went backwards closes the window', () => {
  const windows = new MigrationWindows();
  windows.open(request);
  expect(windows.isOpen('db', 999)).toBe(false);
});

test('no window outlives the longest one allowed', () => {
  const windows = new MigrationWindows();
  const window = windows.open({ ...request, durationMs: Number.MAX_SAFE_INTEGER });
  expect(window.closesAt).toBe(1000 + MAX_WINDOW_MS);
});

test('a closed window is closed at once', () => {
  const windows = new MigrationWindows();
  windows.open(request);
  expect(windows.close('db')).toBe(true);
  expect(windows.close('db')).toBe(false);
  expect(windows.list(1000)).toEqual([]);
});
