/** Finds the files below a folder by looking, where no git says which of them matter. Follows no link. */

import { readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { PinnedTree } from './pinned-tree.ts';
import { joinRaw, toRawPath, unsafeRawPath } from './raw-path.ts';
import type { RawPath } from './raw-path.ts';
import { lookAt } from './read-file.ts';
import type { Miss, MissReason } from './save-point.ts';

/** What was found. Folders that hold files are not listed. */
export interface Walk {
  readonly files: readonly RawPath[];
  readonly emptyFolders: readonly RawPath[];
  readonly misses: readonly Miss[];
  /** Whether there was more than was looked at. */
  readonly cut: boolean;
}

export interface WalkOptions {
  readonly root: string;
  /** Where to start, below the root. */
  readonly from?: RawPath;
  readonly maxFiles: number;
  /** Why a folder is not entered; null to enter it, `quiet` to leave it out without a word. */
  readonly leaveOut: (path: RawPath, name: string) => MissReason | 'quiet' | null;
}

/** No honest tree is deeper. */
const MAX_DEPTH = 100;

/** Walks in the order of depth, so that when a bound is met the files near the top are there. */
export function walkFolder(options: WalkOptions): Walk {
  const tree = new PinnedTree(options.root);
  const files: RawPath[] = [];
  const emptyFolders: RawPath[] = [];
  const misses: Miss[] = [];
  const waiting: RawPath[] = [options.from ?? unsafeRawPath('')];
  let cut = false;
  try {
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      if (files.length > options.maxFiles || folder.split('/').length > MAX_DEPTH) {
        cut = true;
        misses.push({ path: folder, reason: 'too many files', size: null });
        continue;
      }
      const entries = readFolder(tree, folder);
      if (entries === null) misses.push({ path: folder, reason: 'unreadable', size: null });
      if (entries?.length === 0 && folder !== '') emptyFolders.push(folder);
      for (const entry of entries ?? []) {
        const name = toRawPath(entry.name);
        const path = joinRaw(folder, name);
        const reason = entry.isDirectory() ? options.leaveOut(path, name) : null;
        if (reason !== null) {
          if (reason !== 'quiet') misses.push({ path, reason, size: null });
        } else if (entry.isDirectory()) waiting.push(path);
        else files.push(path);
      }
    }
  } finally {
    tree.close();
  }
  return { files, emptyFolders, misses, cut };
}

function readFolder(tree: PinnedTree, folder: RawPath): Dirent<Buffer>[] | null {
  // The folder itself is entered, so that a link that took its place meanwhile is not followed.
  const place = tree.at(joinRaw(folder, '.x'));
  if (place === null) return null;
  const inside = place.subarray(0, -3);
  try {
    return lookAt(inside).kind === 'missing'
      ? null
      : readdirSync(inside, { withFileTypes: true, encoding: 'buffer' });
  } catch {
    return null;
  }
}
