import { expect, test } from 'vitest';
import { SecretValue } from '../secrets/secret-value.ts';
import { GuardedEndpoints } from './guarded-endpoints.ts';

function stage(urls: Record<string, string>): {
  endpoints: GuardedEndpoints;
  urls: Record<string, string>;
  turn: (ms: number) => void;
} {
  let now = 0;
  const endpoints = new GuardedEndpoints({
    names: () => Object.keys(urls),
    url: (name) => {
      const url = urls[name];
      if (url === undefined || url === 'locked') throw new Error('locked');
      return new SecretValue(url);
    },
    now: () => now,
  });
  return { endpoints, urls, turn: (ms) => (now += ms) };
}

test('every name and address of every guarded database is listed, and no secret with it (P-32)', async () => {
  const { endpoints } = stage({
    shop: 'postgres://app:pw@db.test:5433/shop',
    both: 'host=db.test hostaddr=192.0.2.7 user=app password=pw',
    local: 'host=/run/postgresql user=app',
  });
  expect(await endpoints.list()).toEqual([
    { host: 'db.test', port: 5433 },
    { host: '192.0.2.7', port: 5432 },
    { host: 'db.test', port: 5432 },
  ]);
});

test('a database that is added counts at once, a URL that is replaced soon, one that is removed no more', async () => {
  const { endpoints, urls, turn } = stage({ shop: 'postgres://app@old.test/shop' });
  expect(await endpoints.list()).toEqual([{ host: 'old.test', port: 5432 }]);
  urls['shop'] = 'postgres://app@new.test/shop';
  urls['more'] = 'postgres://app@more.test/more';
  turn(5_000);
  expect((await endpoints.list()).map(({ host }) => host)).toEqual(['new.test', 'more.test']);
  delete urls['shop'];
  expect((await endpoints.list()).map(({ host }) => host)).toEqual(['more.test']);
});

test('a vault that locks leaves what was known; one that never opened leaves nobody sure', async () => {
  const { endpoints, urls, turn } = stage({ shop: 'postgres://app@db.test/shop' });
  await endpoints.list();
  urls['shop'] = 'locked';
  turn(10_000);
  expect(await endpoints.list()).toEqual([{ host: 'db.test', port: 5432 }]);
  await expect(stage({ shop: 'locked' }).endpoints.list()).rejects.toThrow();
});
