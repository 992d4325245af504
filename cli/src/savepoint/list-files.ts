/**
 * Which files of a repository are worth keeping: the tracked, the new ones that git does not ignore, and the few
 * ignored ones that stand between them (`.env`, a development database). Ignored folders hold what can be built again.
 */

import { copyFileSync, existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runGit } from './git-command.ts';
import { toRawPath, unsafeRawPath } from './raw-path.ts';
import type { RawPath } from './raw-path.ts';
import type { Repository } from './repository.ts';

/** A file that may be kept. */
export interface Candidate {
  readonly path: RawPath;
  readonly ignored: boolean;
}

/** What stands in git's index. */
export interface IndexEntry {
  readonly path: RawPath;
  readonly mode: string;
  readonly id: string;
  readonly stage: number;
}

/** Everything that was found. */
export interface Listing {
  readonly files: readonly Candidate[];
  /** Without a trailing slash. Nothing in them is tracked, and they may hold folders only. */
  readonly emptyFolders: readonly RawPath[];
  readonly ignoredFolders: readonly RawPath[];
  /** Submodules and repositories inside this one. */
  readonly nested: readonly RawPath[];
  readonly index: readonly IndexEntry[];
}

/** gitglossary: a submodule's entry in the index. */
export const GITLINK = '160000';

/**
 * Lists the files. Reads a copy of the index, so no lock is taken and nothing is refreshed.
 * @param excludesFile the person's own list of ignored names; null when there is none
 */
export async function listFiles(
  repository: Repository,
  places: {
    readonly store: string;
    readonly scratch: string;
    readonly excludesFile: string | null;
    /** The index as it was read earlier; read now when not given. */
    readonly index?: Buffer | null;
  },
): Promise<Listing> {
  const indexFile = copyIndex(repository, places);
  const own = join(repository.commonFolder, 'info', 'exclude');
  const rules = [
    '--exclude-standard',
    ...(existsSync(own) ? ['-X', own] : []),
    ...(places.excludesFile === null ? [] : ['-X', places.excludesFile]),
  ];
  const ask = async (args: readonly string[]): Promise<readonly RawPath[]> => {
    const options = { gitFolder: places.store, workTree: repository.root, indexFile };
    return splitZero(await runGit(['ls-files', '-z', ...args], options));
  };
  const [staged, others, folders, ignored] = await Promise.all([
    ask(['-s']),
    ask(['-o', ...rules]),
    ask(['-o', '--directory', ...rules]),
    ask(['-o', '-i', '--directory', ...rules]),
  ]);
  return assemble(staged.flatMap(toIndexEntry), { others, folders, ignored });
}

function assemble(
  index: readonly IndexEntry[],
  found: Readonly<Record<'others' | 'folders' | 'ignored', readonly RawPath[]>>,
): Listing {
  const tracked = new Set(index.filter(({ mode }) => mode !== GITLINK).map(({ path }) => path));
  const nested = new Set([
    ...index.filter(({ mode }) => mode === GITLINK).map(({ path }) => path),
    ...found.others.filter(isFolder).map(trim),
  ]);
  const files = found.others.filter((path) => !isFolder(path));
  const withFiles = new Set(files.flatMap(foldersAbove));
  const emptyFolders = found.folders
    .filter(isFolder)
    .map(trim)
    .filter((path) => !withFiles.has(path) && !nested.has(path));
  return {
    files: [
      ...[...tracked, ...files].map((path) => ({ path, ignored: false })),
      ...found.ignored.filter((path) => !isFolder(path)).map((path) => ({ path, ignored: true })),
    ],
    emptyFolders,
    ignoredFolders: found.ignored.filter(isFolder).map(trim),
    nested: [...nested],
    index,
  };
}

/** With a split index, the larger part stands in a file that is looked for beside the repository. */
function copyIndex(
  repository: Repository,
  places: { readonly store: string; readonly scratch: string; readonly index?: Buffer | null },
): string {
  const { store, scratch, index } = places;
  const target = join(scratch, 'index');
  const source = join(repository.gitFolder, 'index');
  if (index === undefined) {
    if (lstatSync(source, { throwIfNoEntry: false })?.isFile() === true)
      copyFileSync(source, target);
  } else if (index !== null) writeFileSync(target, index);
  const around = existsSync(repository.gitFolder) ? readdirSync(repository.gitFolder) : [];
  for (const name of around) {
    if (!/^sharedindex\.[0-9a-f]{40,64}$/.test(name) || existsSync(join(store, name))) continue;
    copyFileSync(join(repository.gitFolder, name), join(store, name));
  }
  return target;
}

/** git-ls-files(1), OUTPUT: `MODE ID STAGE<TAB>PATH`. */
function toIndexEntry(line: RawPath): IndexEntry[] {
  const tab = line.indexOf('\t');
  const [mode, id, stage] = line.slice(0, tab).split(' ');
  if (mode === undefined || id === undefined || stage === undefined) return [];
  return [{ path: unsafeRawPath(line.slice(tab + 1)), mode, id, stage: Number(stage) }];
}

function splitZero(bytes: Buffer): readonly RawPath[] {
  if (bytes.length === 0) return [];
  return toRawPath(bytes.subarray(0, -1)).split('\0').map(unsafeRawPath);
}

function isFolder(path: RawPath): boolean {
  return path.endsWith('/');
}

function trim(path: RawPath): RawPath {
  return unsafeRawPath(path.slice(0, -1));
}

function foldersAbove(path: RawPath): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}
