import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileSecretStore } from './file-store.ts';
import { SecretValue } from './secret-value.ts';
import { Vault } from './vault.ts';
import type { NewSecret } from './vault.ts';

const CANARY = 'canary-c0de-secret';
let folder: string;
let now: number;
let resolved: string[];
let answer: () => Promise<SecretValue>;
const store = (name = 'vault'): FileSecretStore =>
  new FileSecretStore({
    vault: join(folder, `${name}.json`),
    key: join(folder, `${name}.key`),
  });
const open = (kept = store()): Vault =>
  new Vault({
    store: kept,
    resolve: (reference, name) => {
      resolved.push(`${name} ${reference.kind}`);
      return answer();
    },
    now: () => now,
  });
const value = (text: string): NewSecret => ({ kind: 'value', value: new SecretValue(text) });
const reference = (text: string): NewSecret => ({ kind: 'reference', reference: text });
const read = async (vault: Vault, name: string): Promise<string | undefined> =>
  (await vault.read(name))?.unsafeReveal();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'));
  now = Date.parse('2026-01-02T03:04:05Z');
  resolved = [];
  answer = () => Promise.resolve(new SecretValue(CANARY));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('several secrets at once', () => {
  test('are all set, and the names that were there are told', async () => {
    const vault = open();
    await vault.set(new Map([['A', value('1')]]), { replace: false });
    const both = new Map([
      ['A', value('2')],
      ['B', value('3')],
    ]);
    expect([...(await vault.set(both, { replace: true }))]).toEqual(['A']);
    expect(await read(vault, 'A')).toBe('2');
    expect(await vault.list()).toEqual([
      { name: 'A', kind: 'value', setAt: '2026-01-02T03:04:05.000Z' },
      { name: 'B', kind: 'value', setAt: '2026-01-02T03:04:05.000Z' },
    ]);
  });

  test.each<[string, NewSecret]>([
    ['A', value('2')],
    ['C', reference('command:a | b')],
    ['C', value('agentguard-reference:command:ls')],
  ])('are not set at all when one of them is refused: %s', async (name, bad) => {
    const vault = open();
    await vault.set(new Map([['A', value('1')]]), { replace: false });
    const some = new Map([
      ['B', value('3')],
      [name, bad],
    ]);
    await expect(vault.set(some, { replace: false })).rejects.toThrow();
    expect((await vault.list()).map(({ name: kept }) => kept)).toEqual(['A']);
    expect(await read(vault, 'A')).toBe('1');
  });

  test('set at the same time do not lose each other', async () => {
    const vault = open();
    const names = [...Array(20).keys()].map((at) => `S${at}`);
    await Promise.all(names.map((name) => vault.setValue(name, new SecretValue(name))));
    expect(await vault.list()).toHaveLength(20);
  });
});

describe('a reference', () => {
  test('is resolved when it is read, kept for a minute in memory and never on disk', async () => {
    const vault = open();
    await vault.set(new Map([['DB', reference('command:pass show db')]]), { replace: false });
    expect(resolved).toEqual([]);
    expect(await read(vault, 'DB')).toBe(CANARY);
    now += 59_000;
    expect(await read(vault, 'DB')).toBe(CANARY);
    expect(resolved).toEqual(['DB command']);
    now += 2000;
    expect(await read(vault, 'DB')).toBe(CANARY);
    expect(resolved).toHaveLength(2);
    expect((await vault.list())[0]?.kind).toBe('command');
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name), 'utf8')).not.toContain('canary');
    }
  });

  test('is asked for once by a burst, and again after a failure, a change or a doubt', async () => {
    const vault = open();
    const set = new Map([['DB', reference('env:DB')]]);
    await vault.set(set, { replace: false });
    await Promise.all([read(vault, 'DB'), read(vault, 'DB'), read(vault, 'DB')]);
    expect(resolved).toHaveLength(1);
    vault.forget('DB');
    await read(vault, 'DB');
    expect(resolved).toHaveLength(2);
    await vault.set(set, { replace: true });
    answer = () => Promise.reject(new Error('locked'));
    await expect(vault.read('DB')).rejects.toThrow(/locked/);
    answer = () => Promise.resolve(new SecretValue('later'));
    expect(await read(vault, 'DB')).toBe('later');
    expect(resolved).toHaveLength(4);
  });

  test('is asked for again when the clock went backwards', async () => {
    const vault = open();
    await vault.set(new Map([['DB', reference('env:DB')]]), { replace: false });
    await read(vault, 'DB');
    now -= 3_600_000;
    await read(vault, 'DB');
    expect(resolved).toHaveLength(2);
  });
});

describe('moving to another back end', () => {
  test('takes every secret along, references as such, and leaves none behind', async () => {
    const vault = open();
    const some = new Map([
      ['A', value(CANARY)],
      ['B', reference('env:B')],
    ]);
    await vault.set(some, { replace: false });
    const remembered: string[] = [];
    const target = store('other');
    const report = await vault.moveTo(target, () => remembered.push('chosen'));
    expect(report).toEqual({ moved: 2, left: 0 });
    expect(remembered).toEqual(['chosen']);
    expect(await read(vault, 'A')).toBe(CANARY);
    expect((await target.list()).map(({ kind }) => kind)).toEqual(['value', 'env']);
    expect(await store().list()).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['other.json', 'other.key']);
  });

  test('that fails leaves everything where it was', async () => {
    const vault = open();
    await vault.setValue('A', new SecretValue(CANARY));
    writeFileSync(join(folder, 'other.json'), 'not a vault', { mode: 0o600 });
    await expect(vault.moveTo(store('other'), () => undefined)).rejects.toThrow(/cannot be read/);
    expect(await read(vault, 'A')).toBe(CANARY);
  });

  test('whose choice cannot be remembered goes on where it was, with everything there', async () => {
    const vault = open();
    await vault.setValue('A', new SecretValue(CANARY));
    const remember = (): void => {
      throw new Error('disk full');
    };
    await expect(vault.moveTo(store('other'), remember)).rejects.toThrow(/disk full/);
    expect((await store().list()).map(({ name }) => name)).toEqual(['A']);
    expect(await read(vault, 'A')).toBe(CANARY);
  });
});
