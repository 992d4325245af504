/** What a keychain that fails in the middle leaves behind. The real one is met in test/keychain. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeychainCall, KeychainResult } from '../platform/keychain-process.ts';
import { KeychainSecretStore } from './keychain-store.ts';
import type { Keychain } from './keychain-store.ts';
import type { SecretWithEntry } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

/** A keychain in memory that stops answering after so many calls: what the operating system's does when it goes. */
class FailingKeychain implements Keychain {
  readonly entries = new Map<string, string>();
  callsLeft = Infinity;

  call(call: KeychainCall): Promise<KeychainResult> {
    if (this.callsLeft <= 0) return Promise.resolve({ ok: false, failure: 'absent' });
    this.callsLeft -= 1;
    return Promise.resolve({ ok: true, value: this.#carryOut(call) });
  }

  close(): void {
    // Nothing is held open.
  }

  #carryOut(call: KeychainCall): string | boolean | null {
    switch (call.op) {
      case 'get':
        return this.entries.get(call.account) ?? null;
      case 'set':
        this.entries.set(call.account, call.value);
        return true;
      case 'delete':
        return this.entries.delete(call.account);
    }
  }
}

let folder: string;
let keychain: FailingKeychain;
const index = (): string => join(folder, 'names.json');
const open = (platform?: NodeJS.Platform): KeychainSecretStore =>
  new KeychainSecretStore({
    keychain,
    index: index(),
    ...(platform === undefined ? {} : { platform }),
  });
const secret = (name: string, value: string): SecretWithEntry => ({
  name,
  kind: 'value',
  setAt: null,
  value: new SecretValue(value),
});
const names = async (): Promise<readonly string[]> => (await open().list()).map(({ name }) => name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'));
  keychain = new FailingKeychain();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a keychain that goes away in the middle of a change', () => {
  // Every point at which it can: reading the old values, writing each new one, putting back.
  test.each([...Array(12).keys()])(
    'after %i calls: no secret that no list names',
    async (calls) => {
      await open().set([secret('OLD', 'old')]);
      keychain.callsLeft = calls;
      const setting = open().set([secret('A', '1'), secret('OLD', 'new'), secret('B', '2')]);
      const [result] = await Promise.allSettled([setting]);
      keychain.callsLeft = Infinity;
      expect(await names()).toEqual([...keychain.entries.keys()].sort());
      if (result.status === 'fulfilled') expect(await names()).toEqual(['A', 'B', 'OLD']);
      expect(['old', 'new']).toContain(keychain.entries.get('OLD'));
    },
  );

  test.each([0, 1])('after %i calls of a removal: as above', async (calls) => {
    await open().set([secret('A', '1'), secret('B', '2')]);
    keychain.callsLeft = calls;
    await Promise.allSettled([open().remove('A')]);
    keychain.callsLeft = Infinity;
    expect(await names()).toEqual([...keychain.entries.keys()].sort());
  });

  test('and comes back before the end leaves everything as it was', async () => {
    await open().set([secret('OLD', 'old')]);
    // Two reads and one write pass, then one call fails.
    let calls = 0;
    const flaky: Keychain = {
      call: (call) => {
        calls += 1;
        return calls === 4
          ? Promise.resolve({ ok: false, failure: 'locked' })
          : keychain.call(call);
      },
      close: () => undefined,
    };
    const store = new KeychainSecretStore({ keychain: flaky, index: index() });
    await expect(store.set([secret('OLD', 'new'), secret('A', '1')])).rejects.toThrow(/locked/);
    expect(Object.fromEntries(keychain.entries)).toEqual({ OLD: 'old' });
    expect(await names()).toEqual(['OLD']);
  });
});

test('nothing reaches the keychain when its name cannot be written down first', async () => {
  rmSync(folder, { recursive: true });
  await expect(open().set([secret('A', '1')])).rejects.toThrow(/cannot be written/);
  expect(keychain.entries.size).toBe(0);
  folder = mkdtempSync(join(tmpdir(), 'names-'));
});

test('an index that cannot be understood is an error, not an empty vault', async () => {
  writeFileSync(index(), '{"version":2}', { mode: 0o600 });
  await expect(open().list()).rejects.toThrow(/cannot be read/);
});

test('a secret whose name was lost is found by it all the same', async () => {
  await open().set([secret('A', 'canary')]);
  expect(readFileSync(index(), 'utf8')).not.toContain('canary');
  rmSync(index());
  expect((await open().get('A'))?.unsafeReveal()).toBe('canary');
});

test('a value that Credential Manager would cut is refused there, and kept elsewhere', async () => {
  const fits = secret('A', 'ü'.repeat(1280));
  const long = secret('B', 'ü'.repeat(1281));
  await open('win32').set([fits]);
  await expect(open('win32').set([secret('C', 'x'), long])).rejects.toThrow(/1280 characters/);
  expect([...keychain.entries.keys()]).toEqual(['A']);
  await open('linux').set([long]);
  expect(keychain.entries.get('B')).toHaveLength(1281);
});

test('a keychain that answers and keeps nothing is not taken for one that works', async () => {
  const forgetful: Keychain = {
    call: ({ op }) => Promise.resolve({ ok: true, value: op === 'get' ? null : true }),
    close: () => undefined,
  };
  const store = new KeychainSecretStore({ keychain: forgetful, index: index() });
  await expect(store.check()).rejects.toThrow(/failed/);
  await expect(open().check()).resolves.toBeUndefined();
});
