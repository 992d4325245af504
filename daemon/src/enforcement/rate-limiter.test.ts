import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

const LIMIT = { count: 3, perMs: 1000, text: '3/s' };

test('as many as the limit says pass, and the next one is told how long to wait', () => {
  const limiter = new RateLimiter();
  expect([0, 100, 200].map((at) => limiter.take('s', LIMIT, at))).toEqual([0, 0, 0]);
  expect(limiter.take('s', LIMIT, 300)).toBe(700);
  expect(limiter.take('s', LIMIT, 999)).toBe(1);
  expect(limiter.take('s', LIMIT, 1000)).toBe(0);
  expect(limiter.take('s', LIMIT, 1000)).toBe(100);
});

test('one session does not slow another, and one that is over is forgotten', () => {
  const limiter = new RateLimiter();
  for (let at = 0; at < 3; at += 1) limiter.take('s', LIMIT, at);
  expect(limiter.take('other', LIMIT, 3)).toBe(0);
  limiter.forget('s');
  expect(limiter.take('s', LIMIT, 3)).toBe(0);
});

test('a clock that goes back gives nobody more', () => {
  const limiter = new RateLimiter();
  for (const at of [1000, 1000, 1000]) limiter.take('s', LIMIT, at);
  expect(limiter.take('s', LIMIT, 0)).toBe(1000);
});

test('in no stretch of that length do more pass, whenever they come and however the limit changes', () => {
  const steps = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 5 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (calls) => {
      const limiter = new RateLimiter();
      const passed: number[] = [];
      let now = 0;
      for (const [wait, count] of calls) {
        now += wait;
        if (limiter.take('s', { ...LIMIT, count }, now) !== 0) continue;
        passed.push(now);
        expect(passed.filter((at) => at > now - LIMIT.perMs).length).toBeLessThanOrEqual(count);
      }
    }),
  );
});
