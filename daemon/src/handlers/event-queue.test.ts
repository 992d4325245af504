import { expect, test } from 'vitest';
import { eventQueue } from './event-queue.ts';

test('gives what was pushed in order, before and after the reader waits, and ends with the signal', async () => {
  const stop = new AbortController();
  const queue = eventQueue<number>(10, stop.signal);
  queue.push(1);
  setTimeout(() => {
    queue.push(2);
    queue.push(3);
    stop.abort();
  });
  const seen: number[] = [];
  for await (const event of queue.events) seen.push(event);
  expect(seen).toEqual([1, 2, 3]);
});

test('ends a reader that is further behind than the bound', async () => {
  const queue = eventQueue<number>(2, new AbortController().signal);
  for (let event = 0; event < 100; event += 1) queue.push(event);
  const seen: number[] = [];
  for await (const event of queue.events) seen.push(event);
  expect(seen).toEqual([0, 1, 2]);
});

test('ends at once when the signal has aborted before', async () => {
  const seen: number[] = [];
  for await (const event of eventQueue<number>(2, AbortSignal.abort()).events) seen.push(event);
  expect(seen).toEqual([]);
});
