/** A repository that an agent prepared: nothing in it runs, nothing leads outside, nothing old is replaced. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkspace, type Workspace } from './workspace-stage.ts';

const REPOSITORY = String.raw`
git init -q -b main .
git config user.email ana@example.com
git config user.name Ana
printf '#!/bin/sh\ntouch "%s/../trapped"\ncat\n' "$PWD" > ../trap && chmod 755 ../trap
echo one > a.txt && mkdir src && echo two > src/b.txt && git add . && git commit -qm first
git branch side
echo staged >> a.txt && git add a.txt && echo unstaged >> a.txt && echo new > new.txt
`;

let workspace: Workspace;
beforeEach(() => {
  workspace = makeWorkspace(REPOSITORY);
});
afterEach(() => {
  workspace.remove();
});

const trapped = (): boolean => existsSync(join(workspace.root, '../trapped'));

describe('no program of the repository runs while it is saved, compared and restored', () => {
  test.each([
    ['a file system monitor', 'git config core.fsmonitor ../trap', 'git status'],
    [
      'one in an included file',
      'git config -f ../more core.fsmonitor ../trap; git config include.path ../../more',
      'git status',
    ],
    [
      'a filter',
      'git config filter.x.clean ../trap; git config filter.x.smudge ../trap; echo "* filter=x" > .gitattributes',
      'git add a.txt',
    ],
    [
      'a filter process',
      'git config filter.x.process ../trap; echo "* filter=x" > .gitattributes',
      'git add a.txt || true',
    ],
    [
      'a text conversion',
      'git config diff.x.textconv ../trap; echo "* diff=x" > .gitattributes',
      'git diff',
    ],
    ['a diff program', 'git config diff.external ../trap', 'git diff'],
    [
      'hooks',
      'for h in reference-transaction post-index-change pre-commit post-checkout pre-auto-gc post-rewrite; do cp ../trap .git/hooks/$h; done',
      'git update-ref refs/heads/x HEAD',
    ],
    [
      'hooks elsewhere',
      'mkdir ../h; for h in reference-transaction post-index-change pre-commit; do cp ../trap ../h/$h; done; git config core.hooksPath ../h',
      'git update-ref refs/heads/x HEAD',
    ],
    [
      'a signing program',
      'git config gpg.program ../trap; git config commit.gpgSign true',
      'git commit -m x || true',
    ],
    [
      'a partial clone that fetches on demand',
      'git config core.repositoryFormatVersion 1; git config extensions.partialClone origin; git config remote.origin.promisor true; git config remote.origin.url "$PWD/../nothing"; printf "#!/bin/sh\ntouch $PWD/../trapped\n" > ../end; chmod 755 ../end; git config remote.origin.uploadpack "$PWD/../end"; rm -f $(git rev-parse HEAD:a.txt | sed "s,^..,.git/objects/&/,")',
      'git cat-file -p HEAD:a.txt || true',
    ],
  ])('%s', async (_name, set, spring) => {
    workspace.sh(set);
    const id = await workspace.save();
    expect(workspace.guard(['undo']).code).toBe(0);
    expect(workspace.guard(['undo', 'show', id]).code).toBe(0);
    workspace.sh('rm -rf a.txt src; mv .git/refs/heads/side ../side');
    await workspace.restore(id, '--exact', '--refs', '--index');
    expect(readFileSync(join(workspace.root, 'a.txt'), 'utf8')).toBe('one\nstaged\nunstaged\n');
    expect(trapped(), 'nothing ran').toBe(false);
    // The trap is a real one.
    workspace.sh(`${spring} >/dev/null 2>&1`);
    expect(trapped(), 'git itself runs it').toBe(true);
  });

  test('a program called git in the workspace', async () => {
    workspace.sh('mkdir bin; cp ../trap bin/git');
    const path = process.env['PATH'];
    try {
      process.env['PATH'] = `.:bin:${workspace.root}/bin:${path ?? ''}`;
      await workspace.save();
    } finally {
      process.env['PATH'] = path;
    }
    expect(trapped()).toBe(false);
  });
});

describe('bytes come back as they were although the repository converts them', () => {
  test.each([
    ['line ends', 'git config core.autocrlf true; printf "a\\r\\nb\\nc\\r" > new.txt'],
    [
      'line ends by attribute',
      'echo "* text eol=crlf" > .gitattributes; printf "a\\nb\\r\\n" > new.txt',
    ],
    ['identifiers', 'echo "* ident" > .gitattributes; printf "\\$Id\\$ \\$Id: x\\$\\n" > new.txt'],
    [
      'encodings',
      'echo "* working-tree-encoding=UTF-16" > .gitattributes; printf "\\376\\377\\0a" > new.txt',
    ],
    [
      'LFS',
      'echo "* filter=lfs diff=lfs merge=lfs -text" > .gitattributes; echo content > new.txt',
    ],
    [
      'committed with a filter of the same length',
      'git config filter.r.clean "tr a-z b-za"; git config filter.r.smudge "tr b-za a-z"; echo "new.txt filter=r" > .gitattributes; git add new.txt; git commit -qm x',
    ],
  ])('%s', async (_name, set) => {
    workspace.sh(set);
    const before = readFileSync(join(workspace.root, 'new.txt'));
    const id = await workspace.save();
    workspace.sh('rm new.txt');
    await workspace.restore(id);
    expect(readFileSync(join(workspace.root, 'new.txt'))).toEqual(before);
  });
});

describe('a restore leads nowhere else', () => {
  test('when a folder became a link out of the workspace', async () => {
    const id = await workspace.save();
    workspace.sh(
      'mkdir ../outside; echo theirs > ../outside/b.txt; rm -rf src; ln -s ../outside src',
    );
    await workspace.restore(id);
    expect(workspace.sh('cat src/b.txt ../outside/b.txt; ls ../outside')).toBe(
      'two\ntheirs\nb.txt\n',
    );
  });

  test('when a path below that link is asked for alone', async () => {
    const id = await workspace.save();
    workspace.sh('mkdir ../outside; rm -rf src; ln -s ../outside src');
    expect(workspace.guard(['undo', 'restore', id, '--yes', 'src/b.txt']).code).toBe(0);
    expect(workspace.sh('cat src/b.txt; ls -A ../outside')).toBe('two\n');
  });

  test('when a path with .. is asked for', async () => {
    const id = await workspace.save();
    expect(workspace.guard(['undo', 'restore', id, '--yes', '../trap']).code).toBe(2);
  });

  test.each([
    [
      'a pointer to another repository',
      'git init -q ../other; mv .git ../mine; echo "gitdir: $PWD/../other/.git" > .git',
    ],
    [
      'a link to another repository',
      'git init -q ../other; mv .git ../mine; ln -s ../other/.git .git',
    ],
    [
      'a link in the place of refs',
      'mkdir ../outside; mv .git/refs ../mine; ln -s ../../outside .git/refs',
    ],
  ])('when .git became %s', async (_name, set) => {
    const id = await workspace.save();
    workspace.sh(set);
    const before = workspace.sh('find ../other ../outside -type f 2>/dev/null | sort || true');
    await expect(workspace.restore(id, '--refs')).rejects.toThrow('leads to another repository');
    await expect(workspace.restore(id, '--index')).rejects.toThrow('leads to another repository');
    expect(workspace.sh('find ../other ../outside -type f 2>/dev/null | sort || true')).toBe(
      before,
    );
  });

  test('when a saved file had more rights than reading, writing and executing', async () => {
    workspace.sh('chmod 6755 new.txt');
    const id = await workspace.save();
    workspace.sh('rm new.txt');
    await workspace.restore(id);
    expect(workspace.sh('stat -c %a new.txt')).toBe('755\n');
  });
});

describe('what was saved cannot be replaced afterwards', () => {
  test('by a forged loose object', async () => {
    const first = await workspace.save();
    const id = workspace.sh('git rev-parse HEAD:src/b.txt').trim();
    const file = `.git/objects/${id.slice(0, 2)}/${id.slice(2)}`;
    const other = workspace.sh('echo evil | git hash-object -w --stdin').trim();
    workspace.sh(
      `chmod u+w ${file}; cat .git/objects/${other.slice(0, 2)}/${other.slice(2)} > ${file}`,
    );
    await workspace.save();
    workspace.sh('rm -rf src');
    await workspace.restore(first);
    expect(workspace.sh('cat src/b.txt')).toBe('two\n');
  });

  test('by a pack whose index lies', async () => {
    const first = await workspace.save();
    const id = Buffer.from(workspace.sh('git rev-parse HEAD:src/b.txt').trim(), 'hex');
    const other = workspace.sh('echo evil | git hash-object -w --stdin').trim();
    const made = workspace.sh(`echo ${other} | git pack-objects .git/objects/pack/pack`).trim();
    const index = join(workspace.root, `.git/objects/pack/pack-${made}.idx`);
    workspace.sh(`chmod u+w ${index}`);
    const bytes = readFileSync(index);
    // Version 2: 8 bytes of head, 256 counts, then the names. The one name becomes that of the honest object.
    const names = 8 + 256 * 4;
    id.copy(bytes, names);
    for (let fan = 0; fan < 256; fan += 1) bytes.writeUInt32BE(fan >= id[0]! ? 1 : 0, 8 + fan * 4);
    writeFileSync(index, bytes);
    await workspace.save();
    workspace.sh('rm -rf src');
    await workspace.restore(first);
    expect(workspace.sh('cat src/b.txt')).toBe('two\n');
  });

  test('without notice when somebody writes into the store itself', async () => {
    const id = await workspace.save();
    // Object by object, whatever way they were stored in.
    workspace.sh(
      'cd ../home/state/savepoints/*/repository.git; mkdir packs; mv objects/pack/* packs; for pack in packs/*.pack; do git unpack-objects -q < $pack; done; rm -rf packs',
    );
    const [object] = workspace
      .sh(
        'cd ../home/state/savepoints/*/repository.git/objects; ls -d $(git -C "$OLDPWD" hash-object new.txt | sed "s,..,&/,")',
      )
      .trim()
      .split('\n');
    const file = workspace
      .sh(`echo ../home/state/savepoints/*/repository.git/objects/${object!}`)
      .trim();
    workspace.sh(
      `chmod u+w ${file}; cat .git/objects/$(git rev-parse HEAD:src/b.txt | sed "s,..,&/,") > ${file}; rm new.txt`,
    );
    await expect(workspace.restore(id)).rejects.toThrow('its content is not kept any more');
    expect(existsSync(join(workspace.root, 'new.txt'))).toBe(false);
  });
});

test('the home of the guard is open to its owner alone', async () => {
  await workspace.save();
  expect(
    workspace.sh(
      'find ../home -type d -maxdepth 3 -perm /077; find ../home -maxdepth 4 -type f -perm /077',
    ),
  ).toBe('');
});
