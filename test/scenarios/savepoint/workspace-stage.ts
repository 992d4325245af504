/** A workspace with everything that can be lost in it, and the command line that saves and restores it. */

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveWorkspace } from '../../../cli/src/savepoint/save-workspace.ts';
import type { SaveRequest } from '../../../cli/src/savepoint/save-workspace.ts';
import { readFull, undo } from '../../../cli/src/savepoint/undo.ts';
import { findPoint } from '../../../cli/src/savepoint/workspace.ts';
import { entry } from '../../servers/guard.ts';

/** What a command printed. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type RestoreOption = '--exact' | '--refs' | '--index';

/** A workspace of its own with a guard's home beside it. */
export interface Workspace {
  /** The folder with the files. */
  readonly root: string;
  /** AGENTGUARD_HOME. */
  readonly home: string;
  /** Runs a shell command in the workspace, as an agent would. Throws when it fails. */
  sh(command: string): string;
  /** Runs the command line in the workspace, or in the folder given. */
  guard(args: readonly string[], folder?: string): Printed;
  /** Where the save points are. */
  readonly state: string;
  /** Makes a save point and gives its id. */
  save(options?: Partial<SaveRequest>): Promise<string>;
  /** Restores, throws when anything was refused, and gives the id of the save point that takes it back. */
  restore(id: string, ...options: readonly RestoreOption[]): Promise<string>;
  /** Everything below the workspace, `.git` left out, by path in latin1. */
  files(): Readonly<Record<string, string>>;
  remove(): void;
}

/** The repository of most tests: commits, branches, stashes, staged and unstaged work, odd names. */
const SETUP = String.raw`
git init -q -b main .
git config user.email ana@example.com
git config user.name Ana
mkdir -p src/deep docs
echo 'first line' > readme.md
echo 'console.log(1)' > src/main.js
printf '#!/bin/sh\necho run\n' > src/deep/tool && chmod 755 src/deep/tool
printf 'node_modules/\n.env\n*.sqlite\n' > .gitignore
ln -s src/main.js link
git add . && git commit -qm 'first'
git branch side
git checkout -q -b feature && echo 'feature' > feature.txt && git add . && git commit -qm 'feature'
git checkout -q main
git tag -a v1 -m 'a tag'
echo 'stashed one' >> readme.md && git stash -q
echo 'stashed two' >> src/main.js && git stash -q
echo 'second' >> readme.md && git commit -qam 'second'
echo 'staged work' >> src/main.js && git add src/main.js
echo 'unstaged work' >> src/main.js
echo 'new and staged' > staged.txt && git add staged.txt
echo 'untracked' > notes.txt && chmod 640 notes.txt
printf 'binary\0\377\r\nbytes' > blob.bin
echo 'SETTING=1' > .env && chmod 600 .env
printf 'sqlite' > dev.sqlite
mkdir -p empty/inside node_modules/package
echo 'rebuilt' > node_modules/package/index.js
printf 'a' > "$(printf 'with\nnewline')"
printf 'b' > "$(printf 'not-utf8-\377')"
printf 'c' > ' leading "quotes" \ and backslash '
ln -s /nowhere/at/all dangling
`;

/** @param setup shell commands that make the workspace; a rich git repository by default */
export function makeWorkspace(setup: string = SETUP): Workspace {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ag-save-')));
  const root = join(base, 'work');
  const home = join(base, 'home');
  const state = join(home, 'state');
  mkdirSync(root);
  const env = {
    PATH: process.env['PATH'],
    HOME: base,
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    AGENTGUARD_HOME: home,
  };
  const sh = (command: string): string =>
    execFileSync('sh', ['-ec', command], { cwd: root, env, encoding: 'latin1', timeout: 60_000 });
  const guard = (args: readonly string[], folder = root): Printed => {
    const done = spawnSync(process.execPath, [entry(), ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return { code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr };
  };
  sh(setup);
  return {
    root,
    home,
    sh,
    guard,
    state,
    save: async (options = {}) => {
      const plain = { folder: root, stateFolder: state, session: null, agent: 'test' };
      const point = await saveWorkspace({ ...plain, reason: 'by hand', ...options });
      return point.id;
    },
    restore: async (id, ...options) => {
      const { store, point } = findPoint(state, id);
      const [exact, refs, index] = (['--exact', '--refs', '--index'] as const).map((one) =>
        options.includes(one),
      );
      const done = await undo(store, readFull(store, point), {
        stateFolder: state,
        session: null,
        paths: [],
        exact: exact === true,
        refs: refs === true,
        index: index === true,
      });
      if (done.files.refused.length === 0) return done.before.id;
      throw new Error(`refused: ${JSON.stringify(done.files.refused)}`);
    },
    files: () => Object.fromEntries(look(root)),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** Kind, permissions and content of everything below a folder. */
function* look(root: string, below = ''): Generator<[string, string]> {
  const at = (path: string): Buffer => Buffer.from(`${root}/${path}`, 'latin1');
  for (const name of readdirSync(at(below), { encoding: 'latin1' }).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    if (path === '.git') continue;
    const found = lstatSync(at(path));
    const mode = (found.mode & 0o7777).toString(8);
    if (found.isSymbolicLink()) {
      yield [path, `link ${readlinkSync(at(path), { encoding: 'latin1' })}`];
    } else if (found.isDirectory()) {
      yield [path, `folder ${mode}`];
      yield* look(root, path);
    } else yield [path, `file ${mode} ${digest(readFileSync(at(path)))}`];
  }
}

/** Short name of some bytes. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
