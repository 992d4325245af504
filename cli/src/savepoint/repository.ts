/**
 * Where the git repository of a folder is: found by looking at files, without running git in it.
 * What is found belongs to whoever writes into the workspace, so it is never trusted further than read.
 */

import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Area } from './save-point.ts';

/** A repository and its parts. All absolute, links resolved. */
export interface Repository {
  /** The folder with the files; for a bare repository its own folder. */
  readonly root: string;
  readonly bare: boolean;
  /** What belongs to this working tree: HEAD, index, reflog of HEAD. */
  readonly gitFolder: string;
  /** What all working trees share: refs, configuration, objects. The same folder unless this is a linked one. */
  readonly commonFolder: string;
  readonly objectFolder: string;
  readonly objectFormat: 'sha1' | 'sha256';
}

/** A file `.git` holds one line with a path; more is no such file. */
const MAX_LINK_BYTES = 8192;

/** The repository whose files stand in exactly this folder; null when there is none. */
export function repositoryAt(root: string): Repository | null {
  const dot = join(root, '.git');
  const found = lstatSync(dot, { throwIfNoEntry: false });
  if (found === undefined) return isGitFolder(root) ? describe(root, root, true) : null;
  const gitFolder = found.isFile() ? readLink(dot, root) : dot;
  if (gitFolder === null || !isGitFolder(gitFolder)) return null;
  return describe(root, realpathSync(gitFolder), false);
}

function describe(root: string, gitFolder: string, bare: boolean): Repository | null {
  const common = readSmall(join(gitFolder, 'commondir'));
  const commonFolder = common === null ? gitFolder : resolve(gitFolder, common);
  const objectFolder = join(commonFolder, 'objects');
  if (!existsSync(objectFolder)) return null;
  return {
    root,
    bare,
    gitFolder,
    commonFolder: realpathSync(commonFolder),
    objectFolder: realpathSync(objectFolder),
    objectFormat: readFormat(join(commonFolder, 'config')),
  };
}

/** As git tells one: a HEAD, and objects and refs here or where `commondir` says. */
function isGitFolder(path: string): boolean {
  if (!existsSync(join(path, 'HEAD'))) return false;
  if (existsSync(join(path, 'commondir'))) return true;
  return existsSync(join(path, 'objects')) && existsSync(join(path, 'refs'));
}

/** gitrepository-layout(5): `gitdir: PATH`, relative to the folder of the file. */
function readLink(file: string, root: string): string | null {
  const target = /^gitdir: (.+)$/.exec(readSmall(file) ?? '')?.[1];
  if (target === undefined) return null;
  return isAbsolute(target) ? target : resolve(root, target);
}

/** gitformat-index and config(1): `extensions.objectFormat`; whatever is not said is SHA-1. */
function readFormat(file: string): 'sha1' | 'sha256' {
  const text = readSmall(file, 1024 * 1024) ?? '';
  return /^\s*objectformat\s*=\s*"?sha256"?\s*$/im.test(text) ? 'sha256' : 'sha1';
}

/** A small text file without its line end; null when it is missing, large or nothing to read. */
function readSmall(file: string, maxBytes = MAX_LINK_BYTES): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > maxBytes) return null;
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

/** Where the files of an area stand. */
export function rootOf(repository: Repository, area: Area): string {
  switch (area) {
    case 'work':
      return repository.root;
    case 'git':
      return repository.gitFolder;
    case 'common':
      return repository.commonFolder;
  }
}
