import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileSecretStore } from '../secrets/file-store.ts';
import { Vault } from '../secrets/vault.ts';
import { loadRecordSigner } from './record-key.ts';

let folder: string;
const open = (name: string): Vault =>
  new Vault({
    store: new FileSecretStore({
      vault: join(folder, `${name}.json`),
      key: join(folder, `${name}.key`),
    }),
    resolve: () => Promise.reject(new Error('no reference is used here')),
    now: () => 0,
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'record-key-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a record gets one key, which the vault keeps', async () => {
  const first = await loadRecordSigner(open('vault'), folder);
  const again = await loadRecordSigner(open('vault'), folder);
  expect(again.name).toBe(first.name);
  expect(Buffer.from(again.publicKey)).toEqual(Buffer.from(first.publicKey));
});

test('no second key is made for a record that was signed, and none is left in the other vault', async () => {
  await loadRecordSigner(open('vault'), folder);
  writeFileSync(join(folder, 'checkpoints.log'), 'a signed note', { mode: 0o600 });
  await expect(loadRecordSigner(open('other'), folder)).rejects.toThrow(/does not hold the key/);
  expect(await open('other').list()).toEqual([]);
  await expect(loadRecordSigner(open('vault'), folder)).resolves.toBeDefined();
});
