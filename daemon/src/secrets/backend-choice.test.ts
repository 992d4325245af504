import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseBackend, rememberBackend } from './backend-choice.ts';
import type { BackendChoice } from './backend-choice.ts';
import { keychainService } from './open-vault.ts';

let folder: string;
const choiceFile = (): string => join(folder, 'choice.json');
const vaultFile = (): string => join(folder, 'vault.json');
const choose = (variable?: string): BackendChoice =>
  chooseBackend({ variable, choiceFile: choiceFile(), vaultFile: vaultFile() });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'choice-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('without a choice it is the keychain, unless there is a vault file already', () => {
  expect(choose()).toEqual({ backend: 'keychain', by: 'default' });
  writeFileSync(vaultFile(), '{}');
  expect(choose()).toEqual({ backend: 'file', by: 'vault file' });
});

test('what was chosen counts more than a file that lies there, and the variable more than both', () => {
  writeFileSync(vaultFile(), '{}');
  rememberBackend(choiceFile(), 'keychain');
  expect(choose()).toEqual({ backend: 'keychain', by: 'person' });
  expect(choose('file')).toEqual({ backend: 'file', by: 'environment' });
  expect(choose('')).toEqual({ backend: 'keychain', by: 'person' });
});

test.each(['File', 'keyring', 'none'])('the variable `%s` is refused, not guessed', (variable) => {
  expect(() => choose(variable)).toThrow(/neither/);
});

test.each(['', '{}', '{"version":1,"backend":"none"}', '{"version":2,"backend":"file"}'])(
  'a remembered choice that says %j stops, and no back end is guessed',
  (text) => {
    writeFileSync(choiceFile(), text, { mode: 0o600 });
    expect(() => choose()).toThrow(/cannot be read/);
  },
);

test('a choice that others could have written does not count', () => {
  rememberBackend(choiceFile(), 'file');
  chmodSync(choiceFile(), 0o666);
  expect(() => choose()).toThrow(/cannot be read/);
});

test('each home has a namespace of its own in the keychain', () => {
  const services = [null, '/a', '/b'].map((home) => keychainService(home));
  expect(new Set(services).size).toBe(3);
  expect(keychainService('/a')).toBe(keychainService('/a'));
});
