/**
 * Puts files back as they were: content, kind and permissions. Each file is written beside its place and then moved
 * there, so it is the old or the new one at any moment.
 * INVARIANT: never writes through a symbolic link, and never removes a file whose present content is not kept.
 */

import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { Contents } from './contents.ts';
import type { Difference } from './compare.ts';
import { PinnedTree } from './pinned-tree.ts';
import { parentOf, unsafeRawPath } from './raw-path.ts';
import type { RawPath } from './raw-path.ts';
import type { SavedEntry } from './save-point.ts';

/** Why a path stays as it is. */
export type RefusalReason =
  | 'its content is not kept any more'
  | 'a folder stands there; --exact replaces it'
  | 'what stands there could not be saved first'
  | 'it cannot be written';

export interface Refusal {
  readonly path: RawPath;
  readonly reason: RefusalReason;
}

/** What was done. */
export interface Restored {
  readonly written: readonly RawPath[];
  readonly removed: readonly RawPath[];
  readonly refused: readonly Refusal[];
}

export interface RestoreOptions {
  readonly root: string;
  readonly contents: Contents;
  readonly differences: readonly Difference[];
  /** Whether what is new since then goes. */
  readonly exact: boolean;
  /** Whether what stands at a path now is in the save point that was made just before. */
  readonly isKept: (path: string) => boolean;
}

/** Contents that are in memory at a time, in bytes. */
const BATCH_BYTES = 64 * 1024 * 1024;

/** Rights that let us work in a folder until its own are set at the end. */
const WORKING_MODE = 0o700;

/** Restores. Goes on after a path that cannot be restored, and names it. */
export async function restoreFiles(options: RestoreOptions): Promise<Restored> {
  const tree = new PinnedTree(options.root);
  try {
    return await new Restorer(options, tree).run();
  } finally {
    tree.close();
  }
}

class Restorer {
  readonly #options: RestoreOptions;
  readonly #tree: PinnedTree;
  readonly #written: RawPath[] = [];
  readonly #removed: RawPath[] = [];
  readonly #refused: Refusal[] = [];

  constructor(options: RestoreOptions, tree: PinnedTree) {
    this.#options = options;
    this.#tree = tree;
  }

  async run(): Promise<Restored> {
    const { differences, exact } = this.#options;
    const saved = differences.flatMap((one) => (one.kind === 'new' ? [] : [one]));
    if (exact) this.#removeNew();
    const folders = saved.filter((one) => one.saved.kind === 'folder');
    for (const { saved: folder } of folders) this.#makeFolder(folder);
    const writes = saved.filter((one) => one.kind !== 'mode' && one.saved.kind !== 'folder');
    for (const batch of inBatches(writes.map((one) => one.saved))) await this.#writeBatch(batch);
    for (const one of saved) if (one.kind === 'mode') this.#setMode(one.saved);
    // Last and from below: a folder that may not be written would shut out what belongs into it.
    for (const { saved: folder } of folders.toReversed()) this.#setMode(folder);
    return { written: this.#written, removed: this.#removed, refused: this.#refused };
  }

  /** From below, so that a folder is empty when its turn comes. */
  #removeNew(): void {
    for (const one of this.#options.differences.toReversed()) {
      if (one.kind !== 'new') continue;
      const path = unsafeRawPath(one.now.path);
      if (one.now.kind === 'folder') this.#removeFolder(path);
      else if (this.#mayGo(path) && this.#attempt(path, unlinkSync)) this.#removed.push(path);
    }
    this.#tree.forget();
  }

  #removeFolder(path: RawPath): void {
    const place = this.#tree.at(path);
    // One that holds something we do not know of stays.
    if (place !== null && isEmptyFolder(place)) this.#attempt(path, rmdirSync);
    this.#tree.forget();
  }

  #makeFolder(folder: SavedEntry): void {
    const path = unsafeRawPath(folder.path);
    if (!this.#clear(path, 'folder')) return;
    this.#attempt(path, (place) => {
      if (lstatSync(place, { throwIfNoEntry: false }) === undefined) mkdirSync(place, WORKING_MODE);
      else chmodSync(place, folder.mode | WORKING_MODE);
    });
    this.#tree.forget();
  }

  async #writeBatch(batch: readonly SavedEntry[]): Promise<void> {
    const contents = await this.#options.contents.read(batch.flatMap(({ id }) => id ?? []));
    for (const entry of batch) {
      const path = unsafeRawPath(entry.path);
      const bytes = contents.get(entry.id ?? '');
      if (bytes === undefined) this.#refuse(path, 'its content is not kept any more');
      else this.#writeOne(path, entry, bytes);
    }
  }

  #writeOne(path: RawPath, entry: SavedEntry, bytes: Buffer): void {
    this.#tree.makeParents(path, WORKING_MODE);
    if (!this.#clear(path, entry.kind)) return;
    const beside = unsafeRawPath(
      `${parentOf(path) === '' ? '' : `${parentOf(path)}/`}.agentguard-${randomBytes(6).toString('hex')}`,
    );
    const [temporary, place] = [this.#tree.at(beside), this.#tree.at(path)];
    if (temporary === null || place === null) {
      this.#refuse(path, 'it cannot be written');
      return;
    }
    try {
      if (entry.kind === 'link') symlinkSync(bytes, temporary);
      else writeNew(temporary, bytes, entry.mode);
      renameSync(temporary, place);
      this.#written.push(path);
    } catch {
      removeIfThere(temporary);
      this.#refuse(path, 'it cannot be written');
    }
  }

  /** Makes sure that nothing stands at the path that the new thing could not simply replace. */
  #clear(path: RawPath, kind: SavedEntry['kind']): boolean {
    const place = this.#tree.at(path);
    const found = place === null ? undefined : lstatSync(place, { throwIfNoEntry: false });
    if (place === null || found === undefined) return true;
    if (found.isDirectory()) return kind === 'folder' || this.#clearFolder(path, place);
    if (!this.#mayGo(path)) return false;
    // A file is replaced by a move; a folder cannot be moved over it.
    return kind !== 'folder' || this.#attempt(path, unlinkSync);
  }

  #clearFolder(path: RawPath, place: Buffer): boolean {
    if (isEmptyFolder(place)) {
      const gone = this.#attempt(path, rmdirSync);
      this.#tree.forget();
      return gone;
    }
    this.#refuse(path, 'a folder stands there; --exact replaces it');
    return false;
  }

  #mayGo(path: RawPath): boolean {
    if (this.#options.isKept(path)) return true;
    this.#refuse(path, 'what stands there could not be saved first');
    return false;
  }

  #setMode(entry: SavedEntry): void {
    if (entry.kind === 'link') return;
    const path = unsafeRawPath(entry.path);
    const done = this.#attempt(path, (place) => {
      const flags = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW);
      // Of ours and unreadable: opening it needs a right that it may lack, so it gets one by its name first.
      if ((lstatSync(place).mode & 0o400) === 0 && !lstatSync(place).isSymbolicLink())
        chmodSync(place, 0o600);
      const descriptor = openSync(place, flags);
      try {
        fchmodSync(descriptor, entry.mode);
      } finally {
        closeSync(descriptor);
      }
    });
    if (done && entry.kind !== 'folder') this.#written.push(path);
  }

  #attempt(path: RawPath, work: (place: Buffer) => void): boolean {
    const place = this.#tree.at(path);
    if (place !== null) {
      try {
        work(place);
        return true;
      } catch {
        // Named below, whatever the reason: rights, a full disk, somebody else at work.
      }
    }
    this.#refuse(path, 'it cannot be written');
    return false;
  }

  #refuse(path: RawPath, reason: RefusalReason): void {
    this.#refused.push({ path, reason });
  }
}

function isEmptyFolder(place: Buffer): boolean {
  return lstatSync(place).isDirectory() && readdirSync(place).length === 0;
}

/** Only the bits for reading, writing and executing: nothing runs with the rights of its owner by being restored. */
function writeNew(place: Buffer, bytes: Buffer, mode: number): void {
  const descriptor = openSync(place, 'wx', 0o600);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    fchmodSync(descriptor, mode & 0o777);
  } finally {
    closeSync(descriptor);
  }
}

function removeIfThere(place: Buffer): void {
  try {
    unlinkSync(place);
  } catch {
    // It was never made.
  }
}

function* inBatches(entries: readonly SavedEntry[]): Generator<readonly SavedEntry[]> {
  let batch: SavedEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.size > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(entry);
    bytes += entry.size;
  }
  if (batch.length > 0) yield batch;
}
