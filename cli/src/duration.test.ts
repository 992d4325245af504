import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { UsageError } from './exit-code.ts';

test.each([
  ['500ms', 500],
  ['0s', 0],
  ['30s', 30_000],
  ['30m', 1_800_000],
  ['2h', 7_200_000],
])('%s is %i milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '30', 's', '-1s', '1.5h', '1 h', '1d', '1h30m', 'ms', '9999999999s'])(
  '`%s` is no length of time',
  (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError);
  },
);

test.each([
  [-5, '0s'],
  [59_000, '59s'],
  [60_000, '1m'],
  [61_000, '1m 1s'],
  [3_600_000, '1h'],
  [5_400_000, '1h 30m'],
  [3 * 86_400_000, '3d'],
])('%i milliseconds read as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
