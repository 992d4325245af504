import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SecretError } from '../errors.ts';
import { FileSecretStore } from './file-store.ts';
import type { SecretWithEntry } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

// Deriving a key is slow on purpose, and slower beside other work.
vi.setConfig({ testTimeout: 60_000 });

const CANARY = 'canary-7f3c-secret';
const PASSPHRASE = new SecretValue('five random words are enough');
let folder: string;
let store: FileSecretStore;
const vault = (): string => join(folder, 'vault.json');
const key = (): string => join(folder, 'vault.key');
const make = (passphrase: SecretValue | null = null): FileSecretStore =>
  new FileSecretStore({ vault: vault(), key: key(), passphrase });
const secret = (name: string, value: string): SecretWithEntry => ({
  name,
  kind: 'value',
  setAt: '2026-01-02T03:04:05.000Z',
  value: new SecretValue(value),
});
const writeVault = (text: string): void => writeFileSync(vault(), text, { mode: 0o600 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'));
  store = make();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Everything a log line could show of an error. */
async function textOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return `${error.message} ${String(error.stack)} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`;
  }
  throw new Error('nothing was thrown');
}

describe('the vault file', () => {
  test('gives back what was set, and nothing after it was removed', async () => {
    await store.set([secret('db', CANARY), secret('other', 'x')]);
    expect((await store.get('db'))?.unsafeReveal()).toBe(CANARY);
    expect(await store.list()).toEqual([
      { name: 'db', kind: 'value', setAt: '2026-01-02T03:04:05.000Z' },
      { name: 'other', kind: 'value', setAt: '2026-01-02T03:04:05.000Z' },
    ]);
    expect(await store.remove('db')).toBe(true);
    expect(await store.get('db')).toBeNull();
    expect(await store.remove('db')).toBe(false);
  });

  test('holds no secret in the clear and is readable by its owner alone', async () => {
    await store.set([secret('db', CANARY)]);
    expect(readFileSync(vault(), 'utf8')).not.toContain(CANARY);
    expect(statSync(vault()).mode & 0o777).toBe(0o600);
    expect(statSync(key()).mode & 0o777).toBe(0o600);
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    'has no secret called %s by accident',
    async (name) => {
      expect(await store.get(name)).toBeNull();
      await store.set([secret('db', CANARY)]);
      expect(await store.get(name)).toBeNull();
    },
  );

  test('refuses an entry that was moved to another name', async () => {
    await store.set([secret('db', CANARY)]);
    const text = readFileSync(vault(), 'utf8').replace('"db"', '"other"');
    writeVault(text);
    expect(await textOf(() => store.get('other'))).toContain('wrong key or changed file');
  });

  test('refuses a lost key instead of making a new one over old secrets', async () => {
    await store.set([secret('db', CANARY)]);
    rmSync(key());
    expect(await textOf(() => store.set([secret('more', 'x')]))).toContain('key of the vault file');
    expect((await store.list()).map(({ name }) => name)).toEqual(['db']);
  });

  test('never quotes what it read in an error', async () => {
    writeVault(`{"version":1,"secrets":{"db":"${CANARY}"}}`);
    expect(await textOf(() => store.get('db'))).not.toContain(CANARY);
    writeVault(`${CANARY} is not JSON`);
    expect(await textOf(() => store.get('db'))).not.toContain(CANARY);
  });

  test('keeps the old file when the new one cannot be written', async () => {
    await store.set([secret('db', CANARY)]);
    // The name itself fits the file system; the longer one of the temporary file does not.
    const long = join(folder, 'v'.repeat(250));
    copyFileSync(vault(), long);
    const blocked = new FileSecretStore({ vault: long, key: key() });
    expect(await textOf(() => blocked.set([secret('db', 'new')]))).toContain('cannot be written');
    expect((await blocked.get('db'))?.unsafeReveal()).toBe(CANARY);
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test.each([
    ['the key', key, 0o640, /chmod 600/],
    ['the key', key, 0o604, /chmod 600/],
    ['the vault', vault, 0o620, /chmod 600/],
  ])('refuses %s when others may reach it (%#)', async (_, path, mode, help) => {
    await store.set([secret('db', CANARY)]);
    chmodSync(path(), mode);
    expect(await textOf(() => store.get('db'))).toMatch(help);
    chmodSync(path(), 0o600);
    expect((await store.get('db'))?.unsafeReveal()).toBe(CANARY);
  });

  test('refuses a key behind a symbolic link', async () => {
    await store.set([secret('db', CANARY)]);
    copyFileSync(key(), join(folder, 'elsewhere'));
    rmSync(key());
    symlinkSync(join(folder, 'elsewhere'), key());
    expect(await textOf(() => store.get('db'))).toContain('symbolic link');
  });

  test('opens a vault that was written before kinds and dates were kept', async () => {
    await store.set([secret('db', CANARY)]);
    const file = JSON.parse(readFileSync(vault(), 'utf8')) as {
      secrets: Record<string, Record<string, string>>;
    };
    const { nonce, tag, sealed } = file.secrets['db']!;
    writeVault(JSON.stringify({ version: 1, secrets: { db: { nonce, tag, sealed } } }));
    expect((await store.get('db'))?.unsafeReveal()).toBe(CANARY);
    expect(await store.list()).toEqual([{ name: 'db', kind: 'value', setAt: null }]);
  });
});

/** Mounts a file system of 256 KiB, or says why not. */
function mountTiny(path: string): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'not root on Linux';
  try {
    mkdirSync(path, { mode: 0o700 });
    const options = 'size=256k,mode=700';
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
    return null;
  } catch {
    return 'this machine does not let root mount a tmpfs';
  }
}

test('on a full disk keeps the old secrets, says so, and takes new ones when there is room', async ({
  skip,
}) => {
  const path = join(folder, 'tiny');
  const why = mountTiny(path);
  if (why !== null) {
    console.warn(`SKIPPED: the vault on a full disk was not tried: ${why}`);
    skip(why);
  }
  try {
    const full = new FileSecretStore({ vault: join(path, 'vault.json'), key: key() });
    await full.set([secret('db', CANARY)]);
    // What is left is less than the new file takes.
    writeFileSync(join(path, 'filler'), Buffer.alloc(200 * 1024));
    const text = await textOf(() => full.set([secret('large', 'x'.repeat(64 * 1024))]));
    expect(text).toMatch(/cannot be written \(ENOSPC\)/);
    expect(readdirSync(path).sort()).toEqual(['filler', 'vault.json']);
    expect((await full.list()).map(({ name }) => name)).toEqual(['db']);
    expect((await full.get('db'))?.unsafeReveal()).toBe(CANARY);
    rmSync(join(path, 'filler'));
    await full.set([secret('large', 'x'.repeat(64 * 1024))]);
    expect(await full.list()).toHaveLength(2);
  } finally {
    execFileSync('umount', [path]);
  }
});

describe('a vault file with a passphrase', () => {
  test('is opened by the passphrase alone, and no key lies beside it', async () => {
    await store.set([secret('db', CANARY)]);
    await store.changeKey(PASSPHRASE);
    expect(readdirSync(folder)).toEqual(['vault.json']);
    expect((await make(PASSPHRASE).get('db'))?.unsafeReveal()).toBe(CANARY);
    expect(await textOf(() => make().get('db'))).toContain('asks for its passphrase');
    const wrong = make(new SecretValue('five other words that do not open it'));
    expect(await textOf(() => wrong.check())).toContain('is wrong');
    expect(await textOf(() => wrong.get('db'))).toContain('is wrong');
    expect(await textOf(() => wrong.set([secret('db', 'x')]))).toContain('is wrong');
    expect((await make(PASSPHRASE).get('db'))?.unsafeReveal()).toBe(CANARY);
  });

  test('takes new secrets, another passphrase and a key file again', async () => {
    await store.changeKey(PASSPHRASE);
    await make(PASSPHRASE).set([secret('db', CANARY)]);
    const other = new SecretValue('another passphrase altogether');
    await make(PASSPHRASE).changeKey(other);
    expect(await textOf(() => make(PASSPHRASE).get('db'))).toContain('is wrong');
    await make(other).changeKey(null);
    expect((await make().get('db'))?.unsafeReveal()).toBe(CANARY);
    expect(make().hasPassphrase()).toBe(false);
  });

  test('refuses a short passphrase and stays as it was', async () => {
    await store.set([secret('db', CANARY)]);
    expect(await textOf(() => store.changeKey(new SecretValue('short')))).toContain('too short');
    expect((await make().get('db'))?.unsafeReveal()).toBe(CANARY);
  });

  test('refuses parameters that would take the machine down', async () => {
    await store.changeKey(PASSPHRASE);
    writeVault(readFileSync(vault(), 'utf8').replace('"logN": 17', '"logN": 40'));
    expect(await textOf(() => make(PASSPHRASE).check())).toContain('cannot be read');
  });
});

test('a secret value prints as [secret] however it is printed', () => {
  const value = new SecretValue(CANARY);
  for (const text of [String(value), JSON.stringify({ value }), inspect({ value })]) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain(CANARY);
  }
});
