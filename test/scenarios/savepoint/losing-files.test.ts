/** Each way in which an agent loses files or history, and the way back. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkspace, type Workspace } from './workspace-stage.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = makeWorkspace();
});
afterEach(() => {
  workspace.remove();
});

/** What git itself says about the repository, in a form that does not depend on times of files. */
const HISTORY =
  'git for-each-ref; cat .git/HEAD; git stash list; git reflog --all | sort; git ls-files -s; git fsck --no-dangling 2>&1';

const IGNORED_FOLDER = ['node_modules', 'node_modules/package', 'node_modules/package/index.js'];

/** What a save point promises: everything but ignored folders. */
function kept(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => !IGNORED_FOLDER.includes(path)),
  );
}

describe('files come back byte for byte, with their permissions, after', () => {
  test.each([
    ['rm -rf of everything', 'rm -rf ./* .env .gitignore'],
    ['rm of one file', 'rm notes.txt'],
    ['git checkout -- .', 'git checkout -- .'],
    ['git restore --staged --worktree .', 'git restore --staged --worktree .'],
    ['git reset --hard', 'git reset -q --hard HEAD~1'],
    ['git clean -fdx', 'git clean -qfdx'],
    ['switching branches by force', 'git checkout -q -f side'],
    ['overwriting', 'echo gone > src/main.js; : > notes.txt'],
    ['appending a byte', 'printf x >> blob.bin'],
    [
      'same length, same time',
      'touch -r blob.bin t; printf "BINARY\\0\\377\\r\\nbytes" > blob.bin; touch -r t blob.bin; rm t',
    ],
    ['chmod of files', 'chmod 777 notes.txt; chmod 644 src/deep/tool; chmod 000 .env'],
    ['chmod of a folder', 'chmod 700 docs src'],
    ['moving one over another', 'mv notes.txt readme.md'],
    ['moving a folder away', 'mv src gone; rm -rf gone'],
    ['a link in the place of a folder', 'rm -rf src; ln -s /etc src'],
    ['a link in the place of a file', 'rm readme.md; ln -s /etc/hostname readme.md'],
    ['a file in the place of a folder', 'rm -rf src; echo x > src'],
    ['a folder in the place of a file', 'rm readme.md; mkdir readme.md'],
    ['a file in the place of a link', 'rm link; echo x > link'],
    ['turning a link', 'ln -sfn readme.md link'],
    ['sed -i over every file', "find . -name .git -prune -o -type f -exec sed -i 's/e/E/g' {} +"],
    ['git rm', 'git rm -qrf src'],
    ['git stash -u', 'git stash -q -u'],
    [
      'git add -A and a commit',
      'git add -A; git commit -qm all; git rm -qr src; git commit -qm less',
    ],
    ['deleting .git and all files', 'rm -rf ./* .git .env .gitignore'],
  ])('%s', async (_name, harm) => {
    const before = kept(workspace.files());
    const id = await workspace.save();
    workspace.sh(harm);
    expect(kept(workspace.files()), 'it does harm').not.toEqual(before);
    await workspace.restore(id, '--exact');
    expect(kept(workspace.files())).toEqual(before);
  });

  test('deleting the workspace itself', async () => {
    const before = kept(workspace.files());
    const history = workspace.sh(HISTORY);
    const id = await workspace.save();
    workspace.sh('rm -rf "$PWD"');
    await workspace.restore(id, '--refs', '--index');
    expect(kept(workspace.files())).toEqual(before);
    expect(workspace.sh(HISTORY)).toBe(history);
  });
});

describe('branches, tags, stashes and logs come back after', () => {
  test.each([
    ['git branch -D', 'git branch -q -D feature side'],
    ['git tag -d', 'git tag -d v1'],
    ['git stash drop', 'git stash drop -q'],
    ['git stash drop of an older one', 'git stash drop -q stash@{1}'],
    ['git stash clear', 'git stash clear'],
    ['git stash pop', 'git checkout -q -f -- . ; git stash pop -q || true'],
    ['git reset --hard', 'git reset -q --hard HEAD~1'],
    ['git commit --amend', 'git commit -q --amend -m other'],
    [
      'expired logs and gc',
      'git branch -q -D feature; git stash clear; git reset -q --hard HEAD~1; git reflog expire --expire=now --all; git gc -q --prune=now',
    ],
    ['git update-ref -d', 'git update-ref -d refs/heads/main'],
    ['deleted objects', 'rm -rf .git/objects'],
    ['deleted refs', 'rm -rf .git/refs .git/packed-refs; mkdir .git/refs'],
    ['deleted .git', 'rm -rf .git'],
    [
      'packed refs, then all of it',
      'git pack-refs --all; git branch -q -D feature side; git tag -d v1',
    ],
    ['another HEAD', 'git checkout -q -f side'],
  ])('%s', async (_name, harm) => {
    const refs = 'git for-each-ref; cat .git/HEAD; git stash list; git fsck --no-dangling 2>&1';
    const before = workspace.sh(refs);
    const index = workspace.sh('git ls-files -s');
    const log = workspace.sh('git reflog --all --format=%H').split('\n');
    const files = kept(workspace.files());
    const id = await workspace.save();
    workspace.sh(harm);
    await workspace.restore(id, '--exact', '--refs', '--index');
    expect(workspace.sh(refs)).toBe(before);
    expect(workspace.sh('git ls-files -s')).toBe(index);
    expect(workspace.sh('git reflog --all --format=%H').split('\n')).toEqual(
      expect.arrayContaining(log),
    );
    expect(kept(workspace.files())).toEqual(files);
  });

  test('a stash that was made since then stays on top', async () => {
    const id = await workspace.save();
    workspace.sh('git stash drop -q; echo later >> readme.md; git stash push -q -m later');
    await workspace.restore(id, '--refs');
    const list = workspace.sh('git stash list').trim().split('\n');
    expect(list).toHaveLength(3);
    expect(list[0]).toContain('later');
  });
});

describe('saving', () => {
  test('leaves index, HEAD, refs, logs and objects of the repository as they are, to the byte', async () => {
    const look =
      'cd .git; find . -type f | sort | xargs -d "\\n" sha256sum; stat -c "%n %Y %Z" index HEAD';
    const before = workspace.sh(look);
    await workspace.save();
    await workspace.save();
    expect(workspace.sh(look)).toBe(before);
  });

  test('leaves every file as it is, times of reading aside', async () => {
    const look = 'find . -path ./.git -prune -o -exec stat -c "%n %a %s %Y %Z %i" {} + | sort';
    const before = workspace.sh(look);
    await workspace.save();
    expect(workspace.sh(look)).toBe(before);
  });

  test('works while another git holds the lock of the index', async () => {
    workspace.sh('touch .git/index.lock');
    const id = await workspace.save();
    workspace.sh('rm .git/index.lock notes.txt');
    await workspace.restore(id);
    expect(readFileSync(join(workspace.root, 'notes.txt'), 'utf8')).toBe('untracked\n');
  });

  test('adds no ref to the repository, so nothing of it can be pushed', async () => {
    await workspace.save();
    workspace.sh(
      'git init -q --bare ../remote; git push -q --mirror ../remote; git push -q --all ../remote',
    );
    expect(workspace.sh('git --git-dir=../remote for-each-ref; git for-each-ref')).not.toContain(
      'agentguard',
    );
    const untracked = workspace.sh('git hash-object notes.txt').trim();
    expect(() => workspace.sh(`git --git-dir=../remote cat-file -e ${untracked}`)).toThrow();
  });
});

describe('a restore', () => {
  test('can itself be undone', async () => {
    const id = await workspace.save();
    workspace.sh('echo changed > readme.md; echo fresh > fresh.txt; rm notes.txt');
    const after = kept(workspace.files());
    const back = await workspace.restore(id, '--exact');
    expect(kept(workspace.files())).not.toEqual(after);
    await workspace.restore(back, '--exact');
    expect(kept(workspace.files())).toEqual(after);
  });

  test('keeps what is new unless it is told to be exact', async () => {
    const id = await workspace.save();
    workspace.sh('echo fresh > fresh.txt; rm notes.txt');
    await workspace.restore(id);
    expect(workspace.files()).toHaveProperty(['fresh.txt']);
    expect(workspace.files()).toHaveProperty(['notes.txt']);
    await workspace.restore(id, '--exact');
    expect(workspace.files()).not.toHaveProperty(['fresh.txt']);
  });

  test('of some paths leaves the others', async () => {
    const id = await workspace.save();
    workspace.sh('rm -rf src notes.txt; rm readme.md');
    const { code } = workspace.guard(['undo', 'restore', id, '--yes', 'src/deep', 'notes.txt']);
    expect(code).toBe(0);
    const files = workspace.files();
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['src/deep/tool', 'notes.txt']));
    expect(files).not.toHaveProperty(['src/main.js']);
    expect(files).not.toHaveProperty(['readme.md']);
  });

  test('does not restore anything without a terminal or --yes, and says what it would do', async () => {
    const id = await workspace.save();
    workspace.sh('rm notes.txt');
    const { code, stderr } = workspace.guard(['undo', 'restore', id]);
    expect(code).toBe(2);
    expect(stderr).toContain('missing  notes.txt');
    expect(workspace.files()).not.toHaveProperty(['notes.txt']);
  });
});
