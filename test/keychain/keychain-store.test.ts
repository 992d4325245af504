/** The keychain back end against a real Secret Service, in every state that one can be found in. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { SecretError } from '../../daemon/src/errors.ts';
import { KeychainProcess } from '../../daemon/src/platform/keychain-process.ts';
import { KeychainSecretStore } from '../../daemon/src/secrets/keychain-store.ts';
import type { SecretWithEntry } from '../../daemon/src/secrets/secret-store.ts';
import { SecretValue } from '../../daemon/src/secrets/secret-value.ts';
import { startKeyring, whyNoKeyring } from '../servers/keyring.ts';
import type { KeyringState, PrivateKeyring, Prompter } from '../servers/keyring.ts';
import { skipLoudly } from '../servers/skip.ts';

const missing = whyNoKeyring();
const CANARY = 'canary-8b1e-secret-välue';
/** Short for a person, long for a machine with other work. */
const TIMEOUT_MS = 4000;
const SERVICE = 'agentguard test';

interface Stage {
  readonly keyring: PrivateKeyring;
  readonly store: KeychainSecretStore;
  readonly index: string;
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function stage(
  state: KeyringState,
  options: { readonly prompter?: Prompter; readonly timeoutMs?: number } = {},
): Promise<Stage> {
  const keyring = await startKeyring(state, options.prompter);
  const folder = mkdtempSync(join(tmpdir(), 'names-'));
  const { timeoutMs = 15_000 } = options;
  const keychain = new KeychainProcess({ service: SERVICE, env: keyring.env, timeoutMs });
  const index = join(folder, 'names.json');
  const store = new KeychainSecretStore({ keychain, index });
  cleanups.push(
    () => keyring.stop(),
    () => rmSync(folder, { recursive: true }),
    () => store.close(),
  );
  return { keyring, store, index };
}

function secret(name: string, value: string): SecretWithEntry {
  return { name, kind: 'value', setAt: '2026-01-02T03:04:05.000Z', value: new SecretValue(value) };
}

async function failureOf(work: Promise<unknown>): Promise<SecretError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SecretError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe.skipIf(missing !== null && skipLoudly(`the keychain: ${missing}`))('the keychain', () => {
  test('keeps, gives back, lists and removes; another program finds the same', async () => {
    const { keyring, store, index } = await stage('unlocked');
    await store.check();
    await store.set([secret('DB', CANARY), secret('OTHER', 'x\ny')]);
    expect(keyring.lookup(SERVICE, 'DB')).toBe(CANARY);
    expect(keyring.lookup(SERVICE, 'OTHER')).toBe('x\ny');
    expect((await store.get('DB'))?.unsafeReveal()).toBe(CANARY);
    expect((await store.list()).map(({ name }) => name)).toEqual(['DB', 'OTHER']);
    await store.set([secret('DB', 'new')]);
    expect(keyring.lookup(SERVICE, 'DB')).toBe('new');
    expect(await store.remove('DB')).toBe(true);
    expect(keyring.lookup(SERVICE, 'DB')).toBeNull();
    expect(await store.get('DB')).toBeNull();
    expect(await store.remove('DB')).toBe(false);
    expect(readFileSync(index, 'utf8')).not.toContain('canary');
    // The canary of the check is gone too.
    expect(keyring.lookup(SERVICE, 'vault:canary')).toBeNull();
  });

  test('keeps what a private key needs, and more', async () => {
    const { store } = await stage('unlocked');
    const long = '0123456789abcdef\n'.repeat(2000);
    await store.set([secret('KEY', long)]);
    expect((await store.get('KEY'))?.unsafeReveal()).toBe(long);
  });

  test('does not touch what another namespace keeps under the same name', async () => {
    const { keyring, store } = await stage('unlocked');
    const keychain = new KeychainProcess({ service: 'agentguard other', env: keyring.env });
    const other = new KeychainSecretStore({ keychain, index: join(tmpdir(), 'never-written') });
    await store.set([secret('DB', CANARY)]);
    expect(await other.get('DB')).toBeNull();
    other.close();
  });

  test.each<[KeyringState, RegExp]>([
    ['no bus', /no keychain that answers/],
    ['no service', /no keychain that answers/],
    ['never unlocked', /no collection/],
  ])('%s: says so at once with the two ways on', async (state, message) => {
    const { store } = await stage(state);
    const started = performance.now();
    const error = await failureOf(store.check());
    expect(error.code).toBe('SECRET_STORE_UNAVAILABLE');
    expect(error.message).toMatch(message);
    expect(error.help).toMatch(/try again; or .*agentguard secret backend file/);
    // Well below the time-out: nobody has to wait for what is not there.
    expect(performance.now() - started).toBeLessThan(10_000);
    const refused = await failureOf(store.set([secret('DB', CANARY)]));
    expect(`${inspect(refused, { depth: 9 })}${String(refused.stack)}`).not.toContain('canary');
    expect(
      await store.list().then(
        (names) => names.length,
        () => 0,
      ),
    ).toBe(0);
  });

  test('locked, and its prompt dismissed: says so, keeps nothing, and works again when unlocked', async () => {
    const { keyring, store } = await stage('unlocked');
    await store.set([secret('DB', CANARY)]);
    keyring.lock();
    expect((await failureOf(store.get('DB'))).message).toMatch(/locked/);
    expect((await failureOf(store.set([secret('NEW', CANARY)]))).message).toMatch(/locked/);
    expect((await failureOf(store.remove('DB'))).message).toMatch(/locked/);
    await keyring.unlock();
    expect((await store.get('DB'))?.unsafeReveal()).toBe(CANARY);
    expect((await store.list()).map(({ name }) => name)).toEqual(['DB']);
  });

  test('locked, and nobody answers its prompt: given up in time, and the next call works', async () => {
    const { keyring, store } = await stage('unlocked', {
      prompter: 'hangs',
      timeoutMs: TIMEOUT_MS,
    });
    await store.set([secret('DB', CANARY)]);
    keyring.lock();
    const started = performance.now();
    // A line of connections waits once, not once each.
    const line = await Promise.all([1, 2, 3].map(() => failureOf(store.get('DB'))));
    for (const { message } of line) expect(message).toMatch(/does not answer/);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(TIMEOUT_MS - 100);
    expect(took).toBeLessThan(TIMEOUT_MS * 2);
    await keyring.unlock();
    expect((await store.get('DB'))?.unsafeReveal()).toBe(CANARY);
  });

  test('its program goes when the daemon does, even while a prompt waits', async () => {
    const { keyring, store } = await stage('unlocked', { prompter: 'hangs' });
    await store.set([secret('DB', CANARY)]);
    keyring.lock();
    const program = fileURLToPath(
      new URL('../../daemon/src/platform/keychain-program.ts', import.meta.url),
    );
    const child = spawn(process.execPath, [program], { env: keyring.env, stdio: 'pipe' });
    const ended = once(child, 'exit');
    const request = { id: 1, op: 'get', service: SERVICE, account: 'DB', timeoutMs: 60_000 };
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const still = await Promise.race([ended, sleep(2500, 'still there')]);
    expect(still).toBe('still there');
    child.stdin.end();
    expect(await Promise.race([ended, sleep(10_000, 'still there')])).not.toBe('still there');
  });

  test('a keyring that hangs altogether is given up in time', async () => {
    const { keyring, store } = await stage('unlocked', { timeoutMs: TIMEOUT_MS });
    await store.set([secret('DB', CANARY)]);
    keyring.suspend();
    const started = performance.now();
    expect((await failureOf(store.get('DB'))).code).toBe('SECRET_STORE_UNAVAILABLE');
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS * 2);
    keyring.resume();
    expect((await store.get('DB'))?.unsafeReveal()).toBe(CANARY);
  });

  test('many calls at once each get their own answer, the given-up ones too', async () => {
    const { store } = await stage('unlocked', { timeoutMs: TIMEOUT_MS });
    const names = [...Array(12).keys()].map((at) => `S${at}`);
    await store.set(names.map((name) => secret(name, `value of ${name}`)));
    const all = names.map(async (name) => (await store.get(name))?.unsafeReveal());
    expect(await Promise.all(all)).toEqual(names.map((name) => `value of ${name}`));
    // The program is ended while a call waits; the next one starts another program.
    const cut = store.get('S1').catch((error: unknown) => error);
    await sleep(1);
    store.close();
    expect(await cut).toSatisfy(
      (it: unknown) =>
        it instanceof SecretError ||
        (it instanceof SecretValue && it.unsafeReveal() === 'value of S1'),
    );
    expect((await store.get('S2'))?.unsafeReveal()).toBe('value of S2');
  });

  test('disappears between two calls: an error, and no other store is used', async () => {
    const { keyring, store } = await stage('unlocked');
    await store.set([secret('DB', CANARY)]);
    await keyring.endService();
    expect((await failureOf(store.get('DB'))).message).toMatch(/no keychain that answers/);
    expect((await failureOf(store.set([secret('DB', 'new')]))).code).toBe(
      'SECRET_STORE_UNAVAILABLE',
    );
  });
});
