/** The situations in which other scanners of staged changes see nothing, or what is not there. */

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GitStage, OTHER_TOKEN, TOKEN, shown } from './git-stage.ts';

let stage: GitStage;
beforeEach(() => {
  stage = new GitStage();
});
afterEach(() => {
  stage.remove();
});

const AWS = 'aws-access-key-id';
const utf16 = (text: string, mark: boolean): Buffer =>
  Buffer.concat([mark ? Buffer.from([0xff, 0xfe]) : Buffer.alloc(0), Buffer.from(text, 'utf16le')]);

/** Each stages something with a secret; what comes after the colon is where it has to be found. */
const FOUND: readonly (readonly [string, (stage: GitStage) => void, string])[] = [
  ['the first commit, with no HEAD', (s) => s.stage('a.txt', `k ${TOKEN}\n`), `a.txt:1 ${AWS}`],
  [
    'a later commit',
    (s) => {
      s.commit();
      s.stage('a.txt', `\nk ${TOKEN}\n`);
    },
    `a.txt:2 ${AWS}`,
  ],
  [
    'colours that are always on',
    (s) => {
      s.git('config', 'color.diff', 'always');
      s.git('config', 'color.ui', 'always');
      s.stage('a.txt', TOKEN);
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'a file whose diff is switched off',
    (s) => {
      s.stage('.gitattributes', '* -diff\n');
      s.stage('a.txt', TOKEN);
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'a file that is called binary',
    (s) => {
      s.stage('.gitattributes', '* binary\n');
      s.stage('a.txt', TOKEN);
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'a token in a binary file',
    (s) =>
      s.stage(
        'a.db',
        Buffer.concat([
          Buffer.from('SQLite\0\0\u0001'),
          Buffer.alloc(99),
          Buffer.from(`\0${TOKEN}\0`),
        ]),
      ),
    `a.db:1 ${AWS}`,
  ],
  [
    'UTF-16 with a mark',
    (s) => s.stage('.env', utf16(`A=1\r\nK=${TOKEN}\r\n`, true)),
    `.env:2 ${AWS}`,
  ],
  [
    'UTF-16 without a mark',
    (s) => s.stage('.env', utf16(`A=1\r\nK=${TOKEN}\r\n`, false)),
    `.env:2 ${AWS}`,
  ],
  [
    'a token in a lock file',
    (s) =>
      s.stage('package-lock.json', `{"resolved":"https://x:${OTHER_TOKEN}@npm.example.org/a"}`),
    'package-lock.json:1 openrouter-key',
  ],
  [
    'a file forced in below node_modules',
    (s) => {
      s.write('.gitignore', 'node_modules\n');
      s.stage('node_modules/x/a.js', `f("${TOKEN}")`);
    },
    `node_modules/x/a.js:1 ${AWS}`,
  ],
  [
    'the address of a database',
    (s) => s.stage('.env', 'DATABASE_URL=postgres://app:' + 'h7Gq2pLx' + '@db.internal/shop\n'),
    '.env:1 url-postgres',
  ],
  [
    'a password by its name',
    (s) => s.stage('.env', 'DB_PASSWORD=' + 'h7Gq2pLx\n'),
    '.env:1 env-password',
  ],
  [
    'a secret that the working tree has not any more',
    (s) => {
      s.stage('a.txt', TOKEN);
      s.write('a.txt', 'clean');
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'a diff program of the settings',
    (s) => {
      s.git('config', 'diff.external', `touch ${s.root}/ran`);
      s.stage('a.txt', TOKEN);
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'a converter of the attributes',
    (s) => {
      s.git('config', 'diff.x.textconv', `touch ${s.root}/ran; true`);
      s.git('config', 'diff.x.command', `touch ${s.root}/ran`);
      s.stage('.gitattributes', '* diff=x\n');
      s.stage('a.txt', TOKEN);
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'paths without prefixes, in another order',
    (s) => {
      for (const one of ['diff.noprefix', 'diff.mnemonicPrefix', 'diff.relative'])
        s.git('config', one, 'true');
      s.write('.git/order', '*.md\n');
      s.git('config', 'diff.orderFile', '.git/order');
      s.stage('b/a.txt', TOKEN);
    },
    `b/a.txt:1 ${AWS}`,
  ],
  [
    'renames that are not looked for',
    (s) => {
      s.stage('a.txt', 'x\n'.repeat(30));
      s.commit();
      s.git('config', 'diff.renames', 'false');
      s.git('mv', 'a.txt', 'b.txt');
      s.stage('b.txt', 'x\n'.repeat(30) + TOKEN);
    },
    `b.txt:31 ${AWS}`,
  ],
  [
    'a rename with an edit',
    (s) => {
      s.stage('a.txt', 'x\n'.repeat(30));
      s.commit();
      s.git('mv', 'a.txt', 'b.txt');
      s.stage('b.txt', `${'x\n'.repeat(30)}${TOKEN}\n`);
    },
    `b.txt:31 ${AWS}`,
  ],
  [
    'a part of a file',
    (s) => {
      s.stage('a.txt', 'x\n');
      s.commit();
      s.stage('a.txt', `x\n${TOKEN}\n`);
      s.write('a.txt', `x\n${TOKEN}\n${OTHER_TOKEN}\n`);
    },
    `a.txt:2 ${AWS}`,
  ],
  [
    'a content that looks like a diff',
    (s) => s.stage('a.txt', `+++ b/other\n@@ -1 +1 @@\n${TOKEN}\n`),
    `a.txt:3 ${AWS}`,
  ],
  ['a line break in the name', (s) => s.stage('a\nb "c".txt', TOKEN), `a\nb "c".txt:1 ${AWS}`],
  ['a name that begins like an option', (s) => s.stage('--output=x', TOKEN), `--output=x:1 ${AWS}`],
  [
    'a name that is quoted',
    (s) => {
      s.git('config', 'core.quotePath', 'true');
      s.stage('größe.txt', TOKEN);
    },
    `größe.txt:1 ${AWS}`,
  ],
  ['line ends of old times', (s) => s.stage('a.txt', `one\rtwo\r\n${TOKEN}`), `a.txt:3 ${AWS}`],
  [
    'a key over several lines of which one is new',
    (s) => {
      const key = privateKey();
      s.stage('k.pem', key.replace(/\n[^\n]+\n-----END/, '\n-----END'));
      s.commit();
      s.stage('k.pem', key);
    },
    'k.pem:1 private-key',
  ],
  [
    'a line of ten million characters',
    (s) => s.stage('a.txt', `${'x y '.repeat(2_500_000)}${TOKEN}`),
    `a.txt:1 ${AWS}`,
  ],
  [
    'a link whose target is a secret',
    (s) => {
      symlinkSync(`/x/${TOKEN}`, join(s.root, 'link'));
      s.git('add', 'link');
    },
    `link:1 ${AWS}`,
  ],
  [
    'a file that git is told to skip',
    (s) => {
      s.stage('a.txt', 'x');
      s.commit();
      s.stage('a.txt', TOKEN);
      s.git('update-index', '--skip-worktree', 'a.txt');
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'a file that git is told not to look at',
    (s) => {
      s.stage('a.txt', 'x');
      s.commit();
      s.stage('a.txt', TOKEN);
      s.git('update-index', '--assume-unchanged', 'a.txt');
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'an encoding of the working tree',
    (s) => {
      s.stage('.gitattributes', '*.txt working-tree-encoding=UTF-16LE\n');
      s.stage('a.txt', Buffer.from(`${TOKEN}\n`, 'utf16le'));
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'a monitor of files',
    (s) => {
      s.stage('a.txt', TOKEN);
      s.git('config', 'core.fsmonitor', `touch ${s.root}/ran`);
    },
    `a.txt:1 ${AWS}`,
  ],
  [
    'an object that another stands for',
    (s) => {
      s.stage('a.txt', TOKEN);
      s.write('clean', 'clean\n');
      const clean = s.git('hash-object', '-w', 'clean').trim();
      const real = s.git('rev-parse', ':a.txt').trim();
      s.git('replace', real, clean);
    },
    `a.txt:1 ${AWS}`,
  ],
];

function privateKey(): string {
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}

describe('P-75: what is staged is found, in spite of', () => {
  test.each(FOUND)('%s', async (_, prepare, expected) => {
    prepare(stage);
    expect(shown(await stage.scanStaged())).toContain(expected);
    expect(existsSync(join(stage.root, 'ran'))).toBe(false);
  });
});

/** Each stages something that brings no secret in. */
const SILENT: readonly (readonly [string, (stage: GitStage) => void])[] = [
  [
    'a secret in the working tree only',
    (s) => {
      s.stage('a.txt', 'x');
      s.write('a.txt', TOKEN);
      s.write('new.txt', TOKEN);
    },
  ],
  [
    'a secret in a line that did not change',
    (s) => {
      s.stage('a.txt', `${TOKEN}\n`);
      s.commit();
      s.stage('a.txt', `${TOKEN}\nmore\n`);
    },
  ],
  [
    'gaps in an example',
    (s) =>
      s.stage(
        '.env.example',
        'DB_PASSWORD=changeme\nAPI_KEY=your-key-here\nURL=postgres://user:password@localhost/db\n',
      ),
  ],
  [
    'a rename and nothing else',
    (s) => {
      s.stage('a.txt', TOKEN);
      s.commit();
      s.git('mv', 'a.txt', 'b.txt');
    },
  ],
  [
    'another mode',
    (s) => {
      s.stage('a.txt', TOKEN);
      s.commit();
      s.git('update-index', '--chmod=+x', 'a.txt');
    },
  ],
  [
    'a deletion',
    (s) => {
      s.stage('a.txt', TOKEN);
      s.commit();
      s.git('rm', '-q', 'a.txt');
    },
  ],
  [
    'other line ends',
    (s) => {
      s.stage('a.txt', `x\n${TOKEN}\n`);
      s.commit();
      s.stage('a.txt', `x\r\n${TOKEN}\r\n`);
    },
  ],
  [
    'an announced file',
    (s) => {
      s.write('a.txt', TOKEN);
      s.git('add', '-N', 'a.txt');
    },
  ],
  [
    'a pointer to a large file',
    (s) =>
      s.stage(
        'a.bin',
        `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 12\n`,
      ),
  ],
  ['nothing at all', (s) => s.commit()],
];

describe('nothing is said of', () => {
  test.each(SILENT)('%s', async (_, prepare) => {
    prepare(stage);
    const result = await stage.scanStaged();
    expect(shown(result)).toEqual([]);
    expect(result.unread).toEqual([]);
  });
});

describe('the repository', () => {
  test('is scanned from a folder in it, with paths from its root', async () => {
    stage.stage('deep/er/a.txt', TOKEN);
    expect(shown(await stage.scanStaged(join(stage.root, 'deep/er')))).toEqual([
      `deep/er/a.txt:1 ${AWS}`,
    ]);
  });

  test('may be a linked working copy', async () => {
    stage.commit();
    const linked = `${stage.root}-linked`;
    stage.git('worktree', 'add', '-q', linked);
    writeFileSync(join(linked, 'a.txt'), TOKEN);
    stage.gitIn(linked, 'add', 'a.txt');
    try {
      expect(shown(await stage.scanStaged(linked))).toEqual([`a.txt:1 ${AWS}`]);
      expect(shown(await stage.scanStaged())).toEqual([]);
    } finally {
      rmSync(linked, { recursive: true });
    }
  });

  test('may name its objects by SHA-256, before its first commit as well', async () => {
    const other = new GitStage(['--object-format=sha256']);
    try {
      other.stage('a.txt', TOKEN);
      expect(shown(await other.scanStaged())).toEqual([`a.txt:1 ${AWS}`]);
    } finally {
      other.remove();
    }
  });

  test('may hold submodules, which are counted and not read', async () => {
    const inner = new GitStage();
    inner.stage('a.txt', TOKEN);
    inner.commit();
    stage.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner.root, 'sub');
    const result = await stage.scanStaged();
    inner.remove();
    expect(result.skipped).toContainEqual({ path: 'sub', why: 'submodule' });
    expect(shown(result)).toEqual([]);
  });

  test('may be in the middle of a merge: unmerged files are named, the rest is scanned', async () => {
    stage.stage('both.txt', 'base\n');
    stage.commit();
    stage.git('checkout', '-q', '-b', 'side');
    stage.stage('both.txt', 'side\n');
    stage.stage('side.txt', TOKEN);
    stage.commit();
    stage.git('checkout', '-q', 'main');
    stage.stage('both.txt', 'main\n');
    stage.commit();
    expect(() => stage.git('merge', '-q', 'side')).toThrow();
    const result = await stage.scanStaged();
    expect(result.skipped).toContainEqual({ path: 'both.txt', why: 'unmerged' });
    expect(shown(result)).toEqual([`side.txt:1 ${AWS}`]);
  });

  test('with a missing object is an error, and never clean', async () => {
    stage.stage('a.txt', TOKEN);
    const id = stage.git('rev-parse', ':a.txt').trim();
    rmSync(join(stage.root, '.git/objects', id.slice(0, 2), id.slice(2)), { force: true });
    await expect(stage.scanStaged()).rejects.toThrow('git does not give object');
  });

  test('with a HEAD that cannot be read is an error, and not an empty history', async () => {
    stage.stage('a.txt', 'x');
    stage.commit();
    const id = stage.git('rev-parse', 'HEAD').trim();
    rmSync(join(stage.root, '.git/objects', id.slice(0, 2), id.slice(2)), { force: true });
    stage.write('b.txt', TOKEN);
    await expect(stage.scanStaged()).rejects.toThrow('HEAD cannot be read');
  });

  test('that is none is an error', async () => {
    rmSync(join(stage.root, '.git'), { recursive: true });
    mkdirSync(join(stage.root, 'x'), { recursive: true });
    await expect(stage.scanStaged(join(stage.root, 'x'))).rejects.toThrow('not a git repository');
  });
});

test('git is told its index by the hook, and that one is scanned', async () => {
  stage.stage('a.txt', 'x');
  stage.commit();
  stage.write('a.txt', TOKEN);
  const index = join(stage.root, '.git/other-index');
  const env = { PATH: process.env['PATH'], GIT_INDEX_FILE: index, HOME: stage.root };
  execFileSync('git', ['read-tree', 'HEAD'], { cwd: stage.root, env });
  execFileSync('git', ['add', 'a.txt'], { cwd: stage.root, env });
  expect(shown(await stage.scanStaged())).toEqual([]);
  process.env['GIT_INDEX_FILE'] = index;
  try {
    expect(shown(await stage.scanStaged())).toEqual([`a.txt:1 ${AWS}`]);
  } finally {
    delete process.env['GIT_INDEX_FILE'];
  }
});
