import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SecretError } from '../errors.ts';
import { FileSecretStore } from './file-store.ts';
import { SecretValue } from './secret-value.ts';

const CANARY = 'canary-7f3c-secret';
let folder: string;
let store: FileSecretStore;
const vault = (): string => join(folder, 'vault.json');
const key = (): string => join(folder, 'vault.key');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'));
  store = new FileSecretStore({ vault: vault(), key: key() });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Everything a log line could show of an error. */
function textOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return `${error.message} ${String(error.stack)} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`;
  }
  throw new Error('nothing was thrown');
}

describe('the vault file', () => {
  test('gives back what was set, and nothing after it was removed', () => {
    store.set('db', new SecretValue(CANARY));
    store.set('other', new SecretValue('x'));
    expect(store.get('db')?.unsafeReveal()).toBe(CANARY);
    expect(store.list()).toEqual(['db', 'other']);
    expect(store.remove('db')).toBe(true);
    expect(store.get('db')).toBeNull();
    expect(store.remove('db')).toBe(false);
  });

  test('holds no secret in the clear and is readable by its owner alone', () => {
    store.set('db', new SecretValue(CANARY));
    expect(readFileSync(vault(), 'utf8')).not.toContain(CANARY);
    expect(statSync(vault()).mode & 0o777).toBe(0o600);
    expect(statSync(key()).mode & 0o777).toBe(0o600);
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    'has no secret called %s by accident',
    (name) => {
      expect(store.get(name)).toBeNull();
      store.set('db', new SecretValue(CANARY));
      expect(store.get(name)).toBeNull();
    },
  );

  test('refuses an entry that was moved to another name', () => {
    store.set('db', new SecretValue(CANARY));
    const text = readFileSync(vault(), 'utf8').replace('"db"', '"other"');
    writeFileSync(vault(), text);
    expect(textOf(() => store.get('other'))).toContain('wrong key or changed file');
  });

  test('refuses a lost key instead of making a new one over old secrets', () => {
    store.set('db', new SecretValue(CANARY));
    rmSync(key());
    expect(textOf(() => store.set('more', new SecretValue('x')))).toContain(
      'key of the vault file',
    );
    expect(store.list()).toEqual(['db']);
  });

  test('never quotes what it read in an error', () => {
    writeFileSync(vault(), `{"version":1,"secrets":{"db":"${CANARY}"}}`);
    expect(textOf(() => store.get('db'))).not.toContain(CANARY);
    writeFileSync(vault(), `${CANARY} is not JSON`);
    expect(textOf(() => store.get('db'))).not.toContain(CANARY);
  });

  test('keeps the old file when the new one cannot be written', () => {
    store.set('db', new SecretValue(CANARY));
    // The name itself fits the file system; the longer one of the temporary file does not.
    const long = join(folder, 'v'.repeat(250));
    copyFileSync(vault(), long);
    const blocked = new FileSecretStore({ vault: long, key: key() });
    expect(textOf(() => blocked.set('db', new SecretValue('new')))).toContain('cannot be written');
    expect(blocked.get('db')?.unsafeReveal()).toBe(CANARY);
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});

test('a secret value prints as [secret] however it is printed', () => {
  const value = new SecretValue(CANARY);
  for (const text of [String(value), JSON.stringify({ value }), inspect({ value })]) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain(CANARY);
  }
});
