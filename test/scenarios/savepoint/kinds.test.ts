/** Kinds of workspaces and files: what is saved of each, and what is named as not saved. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SAVE_LIMITS } from '../../../cli/src/savepoint/limits.ts';
import { findPoint } from '../../../cli/src/savepoint/workspace.ts';
import { skipLoudly } from '../../servers/skip.ts';
import { makeWorkspace, type Workspace } from './workspace-stage.ts';

const GIT = 'git init -q -b main .; git config user.email a@b; git config user.name a;';

async function within(setup: string, work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = makeWorkspace(setup);
  try {
    await work(workspace);
  } finally {
    workspace.remove();
  }
}

function misses(workspace: Workspace, id: string): readonly string[] {
  const { point } = findPoint(workspace.state, id);
  return point.misses.map(({ path, reason }) => `${path}: ${reason}`);
}

describe('everything comes back in', () => {
  test.each([
    [
      'a folder outside of git',
      'mkdir -p a/b empty; echo x > a/b/c; ln -s a link; chmod 750 a; printf 1 > "$(printf "x\\ny\\377")"',
    ],
    ['a repository without commits', `${GIT} echo x > a; git add a; echo y >> a; echo z > b`],
    [
      'a repository with SHA-256',
      'git init -q --object-format=sha256 .; git config user.email a@b; git config user.name a; echo x > a; git add a; git commit -qm x; echo y >> a',
    ],
    [
      'a detached HEAD',
      `${GIT} echo x > a; git add a; git commit -qm x; git checkout -q --detach; echo y > a`,
    ],
    [
      'a merge with conflicts',
      `${GIT} echo x > a; git add a; git commit -qm x; git checkout -qb o; echo o > a; git commit -qam o; git checkout -q main; echo m > a; git commit -qam m; git merge -q o >&- 2>&- || true`,
    ],
    [
      'a rebase half done',
      `${GIT} echo x > a; git add a; git commit -qm x; git checkout -qb o; echo o > a; git commit -qam o; git checkout -q main; echo m > a; git commit -qam m; git rebase -q o >&- 2>&- || true`,
    ],
    [
      'a sparse checkout',
      `${GIT} mkdir in out; echo x > in/a; echo y > out/b; git add .; git commit -qm x; git sparse-checkout set in; echo more >> in/a`,
    ],
    [
      'a sparse index',
      `${GIT} mkdir in out; echo x > in/a; echo y > out/b; git add .; git commit -qm x; git sparse-checkout set --cone --sparse-index in; echo more >> in/a`,
    ],
    [
      'a split index',
      `${GIT} echo x > a; git add a; git commit -qm x; git update-index --split-index; echo y > b; git add b; echo z >> a`,
    ],
    ['a file that is only meant to be added', `${GIT} echo x > a; git add -N a`],
    [
      'a shallow clone',
      'git init -q ../from; cd ../from; git config user.email a@b; git config user.name a; for i in 1 2 3; do echo $i > a; git add a; git commit -qm $i; done; cd ../work; git clone -q --depth 1 "file://$PWD/../from" .; echo mine > a',
    ],
    [
      'a clone that borrows objects',
      'git init -q ../from; cd ../from; git config user.email a@b; git config user.name a; echo 1 > a; git add a; git commit -qm 1; cd ../work; git clone -q --shared ../from .; echo mine > a',
    ],
    [
      'a linked working tree',
      'git init -q -b main ../main; cd ../main; git config user.email a@b; git config user.name a; echo x > a; git add a; git commit -qm x; rmdir ../work; git worktree add -q ../work -b side; cd ../work; echo y > a; git add a; echo z >> a; echo n > n',
    ],
  ])('%s', (_name, setup) =>
    within(setup, async (workspace) => {
      const git = workspace.sh('git rev-parse --git-dir 2>&- || true').trim();
      const look =
        'git for-each-ref; cat "$(git rev-parse --git-dir)/HEAD"; git status --porcelain=v2 | sort; git ls-files -s; git fsck --no-dangling 2>&1';
      const before = workspace.files();
      const state = git === '' ? '' : workspace.sh(look);
      const id = await workspace.save();
      expect(misses(workspace, id)).toEqual([]);
      workspace.sh('find . -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +');
      if (git !== '') workspace.sh('rm -f "$(git rev-parse --git-dir)/index"');
      await workspace.restore(
        id,
        '--exact',
        ...(git === '' ? [] : (['--refs', '--index'] as const)),
      );
      expect(workspace.files()).toEqual(before);
      if (git !== '') expect(workspace.sh(look)).toBe(state);
      if (git !== '.git') return;
      workspace.sh('rm -rf .git *');
      await workspace.restore(id, '--exact', '--refs', '--index');
      expect(workspace.files()).toEqual(before);
      expect(workspace.sh(look)).toBe(state);
    }),
  );

  test('a bare repository', () =>
    within(
      `git init -q -b main --bare .; git init -q ../w; cd ../w; git config user.email a@b; git config user.name a; echo x > a; git add a; git commit -qm x; git push -q ../work HEAD:main`,
      async (workspace) => {
        const refs = workspace.sh('git for-each-ref');
        const id = await workspace.save();
        workspace.sh('git update-ref -d refs/heads/main; git gc -q --prune=now');
        await workspace.restore(id, '--refs');
        expect(workspace.sh('git for-each-ref; git fsck --no-dangling 2>&1')).toBe(refs);
      },
    ));

  test('a folder below the top of a repository, with the whole of it', () =>
    within(`${GIT} mkdir -p a/b c; echo 1 > a/b/x; echo 2 > c/y`, async (workspace) => {
      const id = await workspace.save({ folder: join(workspace.root, 'a/b') });
      workspace.sh('rm -rf a c');
      await workspace.restore(id);
      expect(workspace.sh('cat a/b/x c/y')).toBe('1\n2\n');
    }));
});

describe('what is not saved is named', () => {
  test.each([
    [
      'a file over its bound',
      `${GIT} head -c 3000 /dev/zero > big; echo x > small`,
      { maxFileBytes: 2000 },
      ['big: too large'],
    ],
    [
      'an ignored file over its bound',
      `${GIT} echo '*.db' > .gitignore; head -c 3000 /dev/zero > a.db; echo x > b.db`,
      { maxIgnoredFileBytes: 2000 },
      ['a.db: too large'],
    ],
    [
      'more ignored files than are kept',
      `${GIT} echo '*.o' > .gitignore; touch 1.o 2.o 3.o`,
      { maxIgnoredFiles: 2 },
      ['3.o: too many files'],
    ],
    [
      'new content over the budget',
      `${GIT} head -c 900 /dev/urandom > a; head -c 900 /dev/urandom > b`,
      { maxNewBytes: 1500 },
      ['b: over the budget'],
    ],
    [
      'the same outside of git',
      'head -c 900 /dev/urandom > a; head -c 900 /dev/urandom > b',
      { maxNewBytes: 1000 },
      ['b: over the budget'],
    ],
    ['more files than are looked at', `${GIT} touch a b c`, { maxFiles: 2 }, ['c: too many files']],
    [
      'what there is no time for',
      `${GIT} touch a b`,
      { maxMs: -1 },
      ['a: no time left', 'b: no time left'],
    ],
    [
      'ignored folders',
      `${GIT} echo 'node_modules/' > .gitignore; mkdir -p node_modules/x; touch node_modules/x/y`,
      {},
      ['node_modules: an ignored folder'],
    ],
    [
      'folders that tools rebuild, outside of git',
      'mkdir -p node_modules/x; touch node_modules/x/y a',
      {},
      ['node_modules: a rebuildable folder'],
    ],
    [
      'a repository inside this one',
      `${GIT} git init -q in; echo x > in/a`,
      {},
      ['in: a repository of its own'],
    ],
    [
      'a submodule',
      `${GIT} git init -q ../sub; git -C ../sub -c user.name=a -c user.email=a@b commit -qm x --allow-empty; git -c protocol.file.allow=always submodule --quiet add ../sub sub`,
      {},
      ['sub: a repository of its own'],
    ],
  ])('%s', (_name, setup, limits, expected) =>
    within(setup, async (workspace) => {
      const id = await workspace.save({ limits: { ...SAVE_LIMITS, ...limits } });
      const named = misses(workspace, id).filter(
        (line) => !line.startsWith('HEAD') && !line.startsWith('config'),
      );
      expect(named).toEqual(expect.arrayContaining(expected));
      const { stdout } = workspace.guard(['undo', 'show', id]);
      for (const line of expected) expect(stdout).toContain(`not saved  ${line.split(':')[0]!}  (`);
    }),
  );

  test.skipIf(process.getuid?.() === 0 && skipLoudly('unreadable files: root can read everything'))(
    'a file that cannot be read',
    () =>
      within(`${GIT} echo x > a; chmod 000 a`, async (workspace) => {
        expect(misses(workspace, await workspace.save())).toContain('a: unreadable');
      }),
  );
});

describe('a file that was not saved is not harmed', () => {
  test('by an exact restore, when it was there then', () =>
    within(`${GIT} head -c 3000 /dev/zero > big; echo x > small`, async (workspace) => {
      const id = await workspace.save({ limits: { maxFileBytes: 2000 } });
      workspace.sh('rm small; echo n > new');
      await workspace.restore(id, '--exact');
      expect(workspace.sh('ls')).toBe('big\nsmall\n');
    }));

  test('by an exact restore, when the list was cut', () =>
    within(`${GIT} touch a b c`, async (workspace) => {
      const id = await workspace.save({ limits: { maxFiles: 2 } });
      await expect(workspace.restore(id, '--exact')).rejects.toThrow('does not hold every file');
      expect(workspace.sh('ls')).toBe('a\nb\nc\n');
    }));
});

test.each([['/'], [process.env['HOME'] ?? '/root']])(
  'no save point is made of %s',
  async (folder) => {
    const workspace = makeWorkspace('true');
    try {
      await expect(workspace.save({ folder })).rejects.toThrow('holds far more than a workspace');
    } finally {
      workspace.remove();
    }
  },
);

test('ignored files that stand between the others come back, with secrets as they are', () =>
  within(
    `${GIT} echo '.env*' > .gitignore; printf 'A=1\\r\\n' > .env; echo B > .env.local`,
    async (workspace) => {
      const id = await workspace.save();
      workspace.sh('git clean -qfdx');
      await workspace.restore(id);
      expect(readFileSync(join(workspace.root, '.env'), 'latin1')).toBe('A=1\r\n');
      expect(workspace.sh('cat .env.local')).toBe('B\n');
    },
  ));
