import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileSecretStore } from '../secrets/file-store.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import { Vault } from '../secrets/vault.ts';
import { ResourceStore } from './resource-store.ts';
import type { Credential } from './resource-store.ts';

const URL = 'postgres://app:canary-1@db.example/shop';
let folder: string;
const path = (): string => join(folder, 'resources.json');
const vault = (): Vault =>
  new Vault({
    store: new FileSecretStore({
      vault: join(folder, 'vault.json'),
      key: join(folder, 'vault.key'),
    }),
    resolve: () => Promise.reject(new Error('no reference is used here')),
    now: () => Date.now(),
  });
const open = (): ResourceStore => new ResourceStore(path(), vault());
const byUrl = (url: string): Credential => ({ kind: 'url', url: new SecretValue(url) });
const SHOP = { name: 'shop', environment: 'production', replace: false } as const;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resources-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a resource survives a restart, its URL only in the vault', async () => {
  await open().add(SHOP, byUrl(URL));
  expect(open().list()).toEqual([{ name: 'shop', kind: 'postgres', environment: 'production' }]);
  expect((await open().url('shop')).unsafeReveal()).toBe(URL);
  expect(readFileSync(path(), 'utf8')).not.toContain('canary');
});

test.each(['', 'Shop', '1a', 'a b', 'a/b', '../a', 'a'.repeat(64)])(
  'refuses the name `%s`',
  async (name) => {
    await expect(open().add({ ...SHOP, name }, byUrl(URL))).rejects.toThrow(/is not a name/);
    expect(open().list()).toEqual([]);
  },
);

test('does not overwrite a resource unless told to', async () => {
  const store = open();
  await store.add(SHOP, byUrl(URL));
  const again = { name: 'shop', environment: 'development' as const };
  await expect(store.add({ ...again, replace: false }, byUrl('x'))).rejects.toThrow(/already/);
  expect((await store.url('shop')).unsafeReveal()).toBe(URL);
  await store.add({ ...again, replace: true }, byUrl('x'));
  expect(store.find('shop')?.environment).toBe('development');
});

test('gives a name once when two ask for it at the same time', async () => {
  const store = open();
  const adding = [byUrl('first'), byUrl('second')].map((url) => store.add(SHOP, url));
  const [first, second] = await Promise.allSettled(adding);
  expect(first?.status).toBe('fulfilled');
  expect(second?.status).toBe('rejected');
  expect((await store.url('shop')).unsafeReveal()).toBe('first');
});

test('removes the URL with the resource', async () => {
  const store = open();
  await store.add(SHOP, byUrl(URL));
  expect(await store.remove('shop')).toBe(true);
  await expect(store.url('shop')).rejects.toThrow(/no resource/);
  expect(await vault().list()).toEqual([]);
  expect(await store.remove('shop')).toBe(false);
});

test('a resource can name a secret, which is not its own and outlives it', async () => {
  const store = open();
  await vault().setValue('SHOP_URL', new SecretValue(URL));
  await store.add(SHOP, { kind: 'secret', secret: 'SHOP_URL' });
  expect((await open().url('shop')).unsafeReveal()).toBe(URL);
  expect(open().usersOf('SHOP_URL')).toEqual(['shop']);
  await store.remove('shop');
  expect((await vault().list()).map(({ name }) => name)).toEqual(['SHOP_URL']);
});

test('a URL that was replaced by a secret is not kept', async () => {
  const store = open();
  await store.add(SHOP, byUrl(URL));
  await store.add({ ...SHOP, replace: true }, { kind: 'secret', secret: 'SHOP_URL' });
  expect(await vault().list()).toEqual([]);
  await expect(store.url('shop')).rejects.toThrow(/no URL for `shop`/);
});

test.each(['toString', '__proto__'])('knows no resource called %s', (name) => {
  expect(open().find(name)).toBeUndefined();
});

test('a file that cannot be understood stops the start instead of guarding nothing', () => {
  writeFileSync(path(), '{"version":1,"resources":{"shop":{"kind":"mysql"}}}');
  expect(open).toThrow(/cannot be understood/);
});
