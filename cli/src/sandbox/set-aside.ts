/**
 * Takes what must not be there out of the way, by a new name beside the old one that no program looks for.
 * Works outside of the sandbox on folders that the command can change at the same time, so every step holds on to an
 * open folder: a link put in its place meanwhile must not lead us to rename somebody else's files.
 */

import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';
import { isHarmlessRepository } from './harmless-repository.ts';
import type { ForbiddenPath } from './profile.ts';

/** Something that was set aside. */
export interface SetAside {
  readonly path: string;
  readonly to: string;
}

/** Names that are tried before it is given up. */
const MAX_NAMES = 1000;

/**
 * Looks at one path, and sets aside what stands there and did not before.
 * @param top the folder that belongs to the session; nothing above it is looked at
 * @returns null when all is as it was
 */
export function setAside(forbidden: ForbiddenPath, top: string): SetAside | null {
  const { path, link } = forbidden;
  const wrong = findWrong(path, link, top);
  if (wrong === null) return null;
  if (forbidden.mayBeRepository && isHarmlessRepository(path)) return null;
  const folder = openFolder(dirname(wrong));
  if (folder === null) return null;
  try {
    const name = basename(wrong);
    const to = moveAway(folder, name);
    if (to === null) return null;
    if (wrong === path && link !== null) symlinkSync(link, inFolder(folder, name));
    return { path: wrong, to: join(dirname(wrong), to) };
  } catch {
    // Gone meanwhile, or in motion: the next look decides.
    return null;
  } finally {
    closeSync(folder);
  }
}

/** The path itself, or the first folder on the way to it that has become a link. */
function findWrong(path: string, link: string | null, top: string): string | null {
  for (const folder of foldersDown(path, top)) {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found === undefined) return null;
    if (found.isSymbolicLink()) return folder;
    if (!found.isDirectory()) return null;
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  return found.isSymbolicLink() && link !== null && targetOf(path) === link ? null : path;
}

function foldersDown(path: string, top: string): readonly string[] {
  const folders: string[] = [];
  for (let at = dirname(path); at !== top && at !== '/'; at = dirname(at)) folders.unshift(at);
  return folders;
}

function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** The folder that this path names without any link; null when it is not that folder any more. */
function openFolder(path: string): number | null {
  let folder: number;
  try {
    folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch {
    return null;
  }
  if (targetOf(`/proc/self/fd/${folder}`) === path) return folder;
  closeSync(folder);
  return null;
}

function inFolder(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`;
}

function moveAway(folder: number, name: string): string | null {
  for (let number = 1; number <= MAX_NAMES; number += 1) {
    const to = `${name}.set-aside-${number}`;
    if (lstatSync(inFolder(folder, to), { throwIfNoEntry: false }) !== undefined) continue;
    renameSync(inFolder(folder, name), inFolder(folder, to));
    return to;
  }
  return null;
}
