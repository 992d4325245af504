import { expect, test } from 'vitest';
import { RefusalBudget } from './refusal-budget.ts';

test('a flood leaves a burst and then one entry a minute, which says how many were held back (P-17)', () => {
  const budget = new RefusalBudget(0);
  const burst = Array.from({ length: 1000 }, () => budget.take(1));
  expect(burst.filter((held) => held !== null)).toHaveLength(20);
  expect(budget.take(59_999)).toBeNull();
  expect(budget.take(60_000)).toBe(981);
  expect(budget.take(60_001)).toBeNull();
});

test('a quiet time fills the burst again, and no further', () => {
  const budget = new RefusalBudget(0);
  const later = 24 * 60 * 60_000;
  const burst = Array.from({ length: 100 }, () => budget.take(later));
  expect(burst.filter((held) => held !== null)).toHaveLength(20);
});
