import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureOwnerFolder, readOwnerFile, verifyOwnerFolder } from './owner-only.ts';

const isRoot = process.geteuid?.() === 0;
const SOMEBODY_ELSE = 12345;

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'owner-only-'));
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

describe('a folder', () => {
  test('is made with its parents, for its owner alone', () => {
    const folder = join(base, 'a', 'b');
    ensureOwnerFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('that others may read is tightened', () => {
    const folder = join(base, 'open');
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    ensureOwnerFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test.each(['770', '702', '777', '1777'])('that others may write (%s) is refused', (octal) => {
    const mode = Number.parseInt(octal, 8);
    const folder = join(base, 'open');
    mkdirSync(folder);
    chmodSync(folder, mode);
    expect(() => {
      ensureOwnerFolder(folder);
    }).toThrow(/can be written by other accounts/);
    expect(() => {
      verifyOwnerFolder(folder);
    }).toThrow(/can be written by other accounts/);
  });

  test('that is a symbolic link is refused, wherever it leads', () => {
    const real = join(base, 'real');
    mkdirSync(real, { mode: 0o700 });
    symlinkSync(real, join(base, 'link'));
    symlinkSync(join(base, 'nowhere'), join(base, 'dangling'));
    for (const link of ['link', 'dangling']) {
      expect(() => {
        ensureOwnerFolder(join(base, link));
      }).toThrow(/is not a folder/);
    }
    expect(() => {
      verifyOwnerFolder(join(base, 'link'));
    }).toThrow(/is not a folder/);
  });

  test('that is a file is refused', () => {
    writeFileSync(join(base, 'file'), '');
    expect(() => {
      ensureOwnerFolder(join(base, 'file'));
    }).toThrow(/is not a folder/);
  });

  test('that is not there passes verification, since there is nothing to trust', () => {
    expect(() => {
      verifyOwnerFolder(join(base, 'none'));
    }).not.toThrow();
  });

  test.runIf(isRoot)('of another account is refused (this case needs root)', () => {
    const folder = join(base, 'theirs');
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, SOMEBODY_ELSE, SOMEBODY_ELSE);
    expect(() => {
      ensureOwnerFolder(folder);
    }).toThrow(/belongs to another account/);
  });
});

describe('a file', () => {
  const path = (): string => join(base, 'secret');

  test('of ours alone is read', () => {
    writeFileSync(path(), 'value', { mode: 0o600 });
    expect(readOwnerFile(path(), 100)?.toString()).toBe('value');
  });

  test('that is not there is null', () => {
    expect(readOwnerFile(path(), 100)).toBeNull();
  });

  test.each(['640', '604', '620', '666'])('that is open to others (%s) is refused', (octal) => {
    writeFileSync(path(), 'value');
    chmodSync(path(), Number.parseInt(octal, 8));
    expect(() => readOwnerFile(path(), 100)).toThrow(/is open to other accounts/);
  });

  test('longer than its bound is refused, one just as long is not', () => {
    writeFileSync(path(), 'x'.repeat(101), { mode: 0o600 });
    expect(() => readOwnerFile(path(), 100)).toThrow(/is too long/);
    expect(readOwnerFile(path(), 101)?.length).toBe(101);
  });

  test('that is a symbolic link is refused', () => {
    writeFileSync(join(base, 'real'), 'value', { mode: 0o600 });
    symlinkSync(join(base, 'real'), path());
    expect(() => readOwnerFile(path(), 100)).toThrow(/is a symbolic link/);
  });

  test('that is a pipe is refused without waiting for a writer', () => {
    execFileSync('mkfifo', ['-m', '600', path()]);
    expect(() => readOwnerFile(path(), 100)).toThrow(/is not a plain file/);
  });

  test.runIf(isRoot)('of another account is refused (this case needs root)', () => {
    writeFileSync(path(), 'value', { mode: 0o600 });
    chownSync(path(), SOMEBODY_ELSE, SOMEBODY_ELSE);
    expect(() => readOwnerFile(path(), 100)).toThrow(/belongs to another account/);
  });
});
