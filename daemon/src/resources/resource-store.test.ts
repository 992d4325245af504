import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileSecretStore } from '../secrets/file-store.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import { ResourceStore } from './resource-store.ts';

const URL = 'postgres://app:canary-1@db.example/shop';
let folder: string;
const path = (): string => join(folder, 'resources.json');
const open = (): ResourceStore =>
  new ResourceStore(
    path(),
    new FileSecretStore({ vault: join(folder, 'vault.json'), key: join(folder, 'vault.key') }),
  );

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resources-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a resource survives a restart, its URL only in the vault', () => {
  open().add({ name: 'shop', environment: 'production', replace: false }, new SecretValue(URL));
  expect(open().list()).toEqual([{ name: 'shop', kind: 'postgres', environment: 'production' }]);
  expect(open().url('shop').unsafeReveal()).toBe(URL);
  expect(readFileSync(path(), 'utf8')).not.toContain('canary');
});

test.each(['', 'Shop', '1a', 'a b', 'a/b', '../a', 'a'.repeat(64)])(
  'refuses the name `%s`',
  (name) => {
    const add = (): unknown =>
      open().add({ name, environment: 'production', replace: false }, new SecretValue(URL));
    expect(add).toThrow(/is not a name/);
    expect(open().list()).toEqual([]);
  },
);

test('does not overwrite a resource unless told to', () => {
  const store = open();
  store.add({ name: 'shop', environment: 'production', replace: false }, new SecretValue(URL));
  const again = { name: 'shop', environment: 'development' as const };
  expect(() => store.add({ ...again, replace: false }, new SecretValue('x'))).toThrow(/already/);
  expect(store.url('shop').unsafeReveal()).toBe(URL);
  store.add({ ...again, replace: true }, new SecretValue('x'));
  expect(store.find('shop')?.environment).toBe('development');
});

test('removes the URL with the resource', () => {
  const store = open();
  store.add({ name: 'shop', environment: 'production', replace: false }, new SecretValue(URL));
  expect(store.remove('shop')).toBe(true);
  expect(() => store.url('shop')).toThrow(/no resource/);
  expect(store.remove('shop')).toBe(false);
});

test.each(['toString', '__proto__'])('knows no resource called %s', (name) => {
  expect(open().find(name)).toBeUndefined();
});

test('a file that cannot be understood stops the start instead of guarding nothing', () => {
  writeFileSync(path(), '{"version":1,"resources":{"shop":{"kind":"mysql"}}}');
  expect(open).toThrow(/cannot be understood/);
});
