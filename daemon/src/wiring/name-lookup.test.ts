import { expect, test } from 'vitest';
import { makeNameLookup } from './name-lookup.ts';

const NEVER = new AbortController().signal;

test('finds what this machine knows', async () => {
  const addresses = await makeNameLookup(5000)('localhost', NEVER);
  expect(addresses.some((address) => address === '127.0.0.1' || address === '::1')).toBe(true);
});

test('a name that is not there and a client that left are failures, not waits', async () => {
  await expect(makeNameLookup(5000)('no-such-host.invalid', NEVER)).rejects.toThrow();
  await expect(makeNameLookup(5000)('localhost', AbortSignal.abort())).rejects.toThrow('looked up');
});

test('many at once are answered one after the other, and a flood is refused (P-17)', async () => {
  const lookup = makeNameLookup(20_000);
  const asked = Array.from({ length: 200 }, () => lookup('localhost', NEVER));
  const results = await Promise.allSettled(asked);
  const failed = results.filter(({ status }) => status === 'rejected').length;
  expect(failed).toBe(200 - 2 - 64);
});
