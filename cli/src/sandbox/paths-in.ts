/** Arithmetic of absolute paths without links: what lies in what, and how deep. No look at the disk. */

import { dirname, join } from 'node:path/posix';
import type { FileView } from './file-view.ts';

/** Whether `path` is the folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** Number of names in a path; 0 for the root. */
export function depthOf(path: string): number {
  return path.split('/').filter((name) => name !== '').length;
}

/** The folders that a path lies in, from the outermost below `top` to its own, `top` and the path left out. */
export function foldersBetween(path: string, top: string): readonly string[] {
  const found: string[] = [];
  for (let at = dirname(path); at !== top && isWithin(at, top); at = dirname(at)) found.unshift(at);
  return found;
}

/** The paths that a pattern means: itself, or where a name holds `*` each one that is there. */
export function expandPattern(top: string, pattern: string, view: FileView): readonly string[] {
  let found = [top];
  for (const name of pattern.split('/').filter((part) => part !== '')) {
    found = found.flatMap((folder) => step(folder, name, view));
  }
  return found;
}

function step(folder: string, name: string, view: FileView): string[] {
  if (!name.includes('*')) return [join(folder, name)];
  const matches = toNamePattern(name);
  return view
    .entriesOf(folder)
    .filter((entry) => matches.test(entry.name))
    .map((entry) => join(folder, entry.name));
}

/** `*` stands for any characters of one name. */
export function toNamePattern(name: string): RegExp {
  const escaped = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}
