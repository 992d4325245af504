import { expect, test } from 'vitest';
import { pairwise, percentile, toSpread } from './statistics.ts';

test('a spread names smallest, middle and largest whatever the order', () => {
  expect(toSpread([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
});

test('the median of an even count lies between the two in the middle', () => {
  expect(toSpread([1, 2, 4, 9]).median).toBe(3);
});

test('a percentile is one of the values', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile([7], 0.99)).toBe(7);
});

test('a comparison pairs the runs of one round', () => {
  const ratio = (left: number, right: number): number => left / right;
  expect(pairwise([10, 40], [20, 40], ratio)).toEqual({ min: 0.5, median: 0.75, max: 1 });
});

test('nothing measured is an error, never a zero', () => {
  expect(() => toSpread([])).toThrow('nothing was measured');
});
