/**
 * Where git keeps what it runs. A commit must work inside; settings, hooks and pointers to other folders must stay,
 * because git outside of the sandbox runs what they say, even when an editor only asks for the status.
 */

import { basename, dirname, join, resolve } from 'node:path/posix';
import { applyTable } from './apply-table.ts';
import type { TableParts } from './apply-table.ts';
import type { FileView } from './file-view.ts';
import { isWithin } from './paths-in.ts';
import { GIT_TABLE } from './path-table.ts';

/** How deep and how wide repositories inside the workspace are looked for. */
const MAX_DEPTH = 3;
const MAX_FOLDERS = 1500;

/** Folders that hold copies of other people's work by the thousand. */
const PASSED_BY = new Set(['node_modules', 'vendor', 'target', 'dist', 'build', '__pycache__']);

/** Adds the rules of every repository of the workspace. */
export function addRepositories(workspace: string, parts: TableParts): void {
  const { rules, view } = parts;
  for (const folder of foldersOf(workspace, view)) {
    const path = join(folder, '.git');
    const kind = view.kindOf(path);
    if (kind === 'folder') addGitFolder(path, folder, parts);
    else if (kind === 'file') {
      rules.put({ path, access: 'read-only' });
      addPointed(path, parts);
    } else if (kind === 'link') rules.forbid(path, view.linkTarget(path));
    else rules.expectRepository(path);
  }
}

/** The workspace and the folders in it, nearest first. */
export function foldersOf(workspace: string, view: FileView): readonly string[] {
  const found = [workspace];
  let level = [workspace];
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    level = level.flatMap((folder) => foldersIn(folder, view)).slice(0, MAX_FOLDERS - found.length);
    found.push(...level);
  }
  return found;
}

function foldersIn(folder: string, view: FileView): string[] {
  return view
    .entriesOf(folder)
    .filter(({ name, kind }) => kind === 'folder' && !name.startsWith('.') && !PASSED_BY.has(name))
    .map(({ name }) => join(folder, name));
}

/** @param tree the folder that the repository's files are checked out in */
function addGitFolder(path: string, tree: string, parts: TableParts): void {
  const { view, rules } = parts;
  applyTable(GIT_TABLE, path, parts);
  for (const named of pathsInSettings(view.textOf(join(path, 'config')) ?? '')) {
    const place = named.relativeTo === 'tree' ? tree : path;
    const real = view.realPath(resolve(place, named.path));
    if (real !== null && rules.isOpen(real)) rules.put({ path: real, access: 'read-only' });
  }
  for (const { name } of view.entriesOf(join(path, 'worktrees'))) {
    applyTable(GIT_TABLE, join(path, 'worktrees', name), parts);
  }
  for (const module of modulesOf(join(path, 'modules'), view)) {
    applyTable(GIT_TABLE, module, parts);
  }
}

/** Repositories of submodules; their names may hold slashes. */
function modulesOf(folder: string, view: FileView, depth = 0): readonly string[] {
  if (depth > MAX_DEPTH) return [];
  return view
    .entriesOf(folder)
    .filter(({ kind }) => kind === 'folder')
    .flatMap(({ name }) => {
      const path = join(folder, name);
      const isRepository = view.kindOf(join(path, 'HEAD')) !== null;
      const inner = isRepository ? join(path, 'modules') : path;
      return [...(isRepository ? [path] : []), ...modulesOf(inner, view, depth + 1)];
    });
}

/** A repository elsewhere that a file points to: opened only when it points back, so that no pointer opens a foreign one. */
function addPointed(pointer: string, parts: TableParts): void {
  const { rules, view } = parts;
  const named = /^gitdir: (.+)/.exec(view.textOf(pointer) ?? '')?.[1]?.trim();
  const folder = named === undefined ? null : view.realPath(resolve(dirname(pointer), named));
  if (folder === null || rules.around(`${folder}/x`)?.access === 'writable') return;
  const tree = dirname(pointer);
  const common = commonOfWorktree(folder, pointer, view);
  if (common !== null) {
    rules.put({ path: common, access: 'writable' });
    addGitFolder(common, tree, parts);
    closeOtherWorktrees(common, folder, parts);
  } else if (isOwnModule(folder, tree)) {
    rules.put({ path: folder, access: 'writable' });
    addGitFolder(folder, tree, parts);
  }
}

/** git-worktree(1): `.git/worktrees/NAME` holds `commondir`, and `gitdir` with the way back. */
function commonOfWorktree(folder: string, pointer: string, view: FileView): string | null {
  const common = dirname(dirname(folder));
  const named = view.textOf(join(folder, 'commondir'))?.trim();
  const back = view.textOf(join(folder, 'gitdir'))?.trim();
  if (named === undefined || back === undefined) return null;
  const pointsBack = view.realPath(resolve(folder, back)) === view.realPath(pointer);
  const isCommon = view.realPath(resolve(folder, named)) === common;
  return pointsBack && isCommon && basename(dirname(folder)) === 'worktrees' ? common : null;
}

function closeOtherWorktrees(common: string, own: string, { rules, view }: TableParts): void {
  for (const { name } of view.entriesOf(join(common, 'worktrees'))) {
    const path = join(common, 'worktrees', name);
    if (path !== own) rules.put({ path, access: 'read-only' });
  }
}

/** The repository of a submodule lies in that of a folder around it. */
function isOwnModule(folder: string, tree: string): boolean {
  for (let around = dirname(tree); around !== '/'; around = dirname(around)) {
    if (isWithin(folder, join(around, '.git/modules'))) return true;
  }
  return false;
}

interface NamedInSettings {
  readonly path: string;
  readonly relativeTo: 'tree' | 'settings';
}

/** git-config(1): folders of hooks, and other settings that are read as well. */
function pathsInSettings(text: string): readonly NamedInSettings[] {
  const found: NamedInSettings[] = [];
  let section = '';
  for (const line of text.split('\n')) {
    const header = /^\s*\[\s*([\w-]+)/.exec(line)?.[1];
    if (header !== undefined) section = header.toLowerCase();
    const [, key = '', value = ''] = /(?:^|\])\s*([\w-]+)\s*=\s*"?([^"#;]*)/.exec(line) ?? [];
    const name = `${section}.${key.toLowerCase()}`;
    if (name === 'core.hookspath') found.push({ path: value.trim(), relativeTo: 'tree' });
    if (name === 'include.path' || name === 'includeif.path') {
      found.push({ path: value.trim(), relativeTo: 'settings' });
    }
  }
  return found.filter(({ path }) => path !== '');
}
