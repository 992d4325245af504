/** A table of paths to rules, with every link followed. */

import { basename, dirname, join, relative } from 'node:path/posix';
import type { FileView } from './file-view.ts';
import { expandPattern, isWithin } from './paths-in.ts';
import type { TableAccess, TableRow } from './path-table.ts';
import type { RuleSet } from './rule-set.ts';
import { withoutTokens } from './without-tokens.ts';

/** What a table is applied with. */
export interface TableParts {
  readonly rules: RuleSet;
  readonly view: FileView;
  readonly cacheFolder: string;
  /** Folders that must not be hidden, nor a folder around them. */
  readonly keep: readonly string[];
}

/** Applies each row below `top`. */
export function applyTable(table: readonly TableRow[], top: string, parts: TableParts): void {
  for (const { access, paths } of table) {
    for (const pattern of paths) {
      for (const path of expandPattern(top, pattern, parts.view)) {
        applyPath(access, { path, top }, parts);
      }
    }
  }
}

interface Named {
  readonly path: string;
  readonly top: string;
}

function applyPath(access: TableAccess, named: Named, parts: TableParts): void {
  const { rules, view } = parts;
  const kind = view.kindOf(named.path);
  const real = kind === null ? null : view.realPath(named.path);
  if (kind === 'link') applyLink(access, named.path, parts);
  if (real === null) {
    if (kind === null) applyAbsent(access, named, parts);
    return;
  }
  switch (access) {
    case 'hidden':
      if (parts.keep.some((path) => isWithin(path, real))) return;
      rules.put({ path: real, access, kind: view.kindOf(real) === 'folder' ? 'folder' : 'file' });
      return;
    case 'read-only':
    case 'writable':
      rules.put({ path: real, access });
      return;
    case 'cache':
      rules.put({ path: real, access: 'replaced', from: cacheOf(named, parts) });
      return;
    case 'copy':
    case 'copy-without-tokens':
      applyCopy(access, real, parts);
  }
}

/** A link of the person's own can be exchanged for something else wherever its folder is open. */
function applyLink(access: TableAccess, path: string, { rules, view }: TableParts): void {
  if (access === 'hidden') rules.hideLink(path);
  else if (access === 'read-only') rules.forbid(realPlace(path, view), view.linkTarget(path));
}

function applyAbsent(access: TableAccess, named: Named, parts: TableParts): void {
  const { rules, view } = parts;
  if (access === 'read-only') rules.forbid(realPlace(named.path, view), null);
  if (access !== 'cache') return;
  rules.put({ path: named.path, access: 'replaced', from: cacheOf(named, parts) });
}

function applyCopy(access: 'copy' | 'copy-without-tokens', path: string, parts: TableParts): void {
  const text = parts.view.textOf(path);
  if (text === null) {
    parts.rules.put({ path, access: 'hidden', kind: 'file' });
    return;
  }
  const content = access === 'copy' ? text : withoutTokens(text);
  parts.rules.put({ path, access: 'copied', content });
}

function cacheOf({ path, top }: Named, { cacheFolder }: TableParts): string {
  return `${cacheFolder}/${relative(top, path)}`;
}

/** Where a name that leads nowhere, or is a link, stands itself: the folders around it with their links followed. */
function realPlace(path: string, view: FileView): string {
  const folder = dirname(path);
  if (folder === path) return path;
  return join(view.realPath(folder) ?? realPlace(folder, view), basename(path));
}
