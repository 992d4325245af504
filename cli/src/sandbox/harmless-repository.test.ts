import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { areHarmlessSettings, isHarmlessRepository } from './harmless-repository.ts';

let tree: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'harmless-'));
  execFileSync('git', ['init', '-q', tree]);
});

afterEach(() => {
  rmSync(tree, { recursive: true, force: true });
});

describe('a new repository', () => {
  test('as git makes it is harmless, with people, branches and addresses in it too', () => {
    const git = (...args: string[]): unknown => execFileSync('git', ['-C', tree, ...args]);
    git('config', 'user.name', 'Ana');
    git('remote', 'add', 'origin', 'https://example.com/shop.git');
    git('config', 'branch.main.merge', 'refs/heads/main');
    expect(isHarmlessRepository(join(tree, '.git'))).toBe(true);
  });

  test('with a hook, a pointer or settings elsewhere is not (P-52)', () => {
    const spoil: readonly (() => void)[] = [
      () => {
        mkdirSync(join(tree, '.git/hooks'), { recursive: true });
        writeFileSync(join(tree, '.git/hooks/post-checkout'), 'x');
      },
      () => writeFileSync(join(tree, '.git/commondir'), '../evil'),
      () => {
        rmSync(join(tree, '.git/config'));
        symlinkSync('../evil', join(tree, '.git/config'));
      },
      () => {
        rmSync(join(tree, '.git'), { recursive: true });
        writeFileSync(join(tree, '.git'), 'gitdir: evil');
      },
    ];
    for (const one of spoil) {
      rmSync(join(tree, '.git'), { recursive: true, force: true });
      execFileSync('git', ['init', '-q', tree]);
      one();
      expect(isHarmlessRepository(join(tree, '.git'))).toBe(false);
    }
  });
});

describe('settings that run something, or are not known, are not harmless (P-52)', () => {
  test.each([
    '[core]\n\tfsmonitor = /tmp/evil',
    '[core]\n\thooksPath = /tmp/evil',
    '[core]\n\tsshCommand = evil',
    '[core]\n\tpager = evil',
    '[alias]\n\tst = !evil',
    '[filter "x"]\n\tclean = evil',
    '[diff "x"]\n\ttextconv = evil',
    '[include]\n\tpath = ../evil',
    '[includeIf "gitdir:/"]\n\tpath = evil',
    '[credential]\n\thelper = !evil',
    '[remote "x"]\n\turl = ext::sh -c evil',
    '[remote "x"]\n\tuploadpack = evil',
    '[submodule "x"]\n\tupdate = !evil',
    '[merge "x"]\n\tdriver = evil',
    '[CORE] fsmonitor = evil',
    '[core]\n\tfilemode = true \\\n',
    '[core]\n\tfsmonitor',
    'nonsense',
    '[core',
  ])('%j', (text) => {
    expect(areHarmlessSettings(text)).toBe(false);
  });

  test('and the nearly same ones are', () => {
    const text =
      '# note\n[core]\n\tfilemode = true\n[remote "x"]\n\turl = git@example.com:a/b.git\n';
    expect(areHarmlessSettings(text)).toBe(true);
    expect(areHarmlessSettings('')).toBe(true);
  });
});
