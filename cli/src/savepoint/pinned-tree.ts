/**
 * Reaches files below a folder without ever following a symbolic link, also while somebody swaps folders for links.
 * On Linux each folder on the way is held open and the next step starts from it; elsewhere each step is looked at
 * right before it is taken.
 * INVARIANT: no path that this gives out leads outside of the root.
 */

import { closeSync, constants, lstatSync, mkdirSync, openSync } from 'node:fs';
import type { RawPath } from './raw-path.ts';
import { toPathBytes } from './raw-path.ts';

interface Step {
  readonly name: string;
  /** What the next name is appended to, without the slash. */
  readonly prefix: string;
  readonly descriptor: number | null;
}

/** A folder with everything below it. Must be closed. */
export class PinnedTree {
  readonly #root: Step;
  #steps: Step[] = [];

  /** @throws the file system's error when the root is no folder */
  constructor(root: string) {
    const characters = Buffer.from(root, 'utf8').toString('latin1');
    this.#root = openStep('', characters);
  }

  /**
   * What to hand to the operating system for this path; only its last part is not looked at.
   * @returns null when a part on the way is missing or no folder
   */
  at(path: RawPath): Buffer | null {
    const parts = path.split('/');
    const leaf = parts.pop() ?? '';
    if (!isPlainName(leaf)) return null;
    const folder = this.#enter(parts);
    return folder === null ? null : toPathBytes(`${folder.prefix}/${leaf}`);
  }

  /** Makes the folders on the way to the path that are missing. Anything else in the way stays, and `at` gives null. */
  makeParents(path: RawPath, mode: number): void {
    const parts = path.split('/').slice(0, -1);
    for (const [index] of parts.entries()) {
      const target = this.at(parts.slice(0, index + 1).join('/') as RawPath);
      if (target === null) return;
      if (lstatSync(target, { throwIfNoEntry: false }) === undefined) mkdirSync(target, { mode });
    }
  }

  /** Forgets the way to the last path. To be called after folders were removed or replaced. */
  forget(): void {
    this.#leave(0);
  }

  close(): void {
    this.#leave(0);
    if (this.#root.descriptor !== null) closeSync(this.#root.descriptor);
  }

  #enter(parts: readonly string[]): Step | null {
    let same = 0;
    while (same < parts.length && this.#steps[same]?.name === parts[same]) same += 1;
    this.#leave(same);
    for (const name of parts.slice(same)) {
      const from = this.#steps.at(-1) ?? this.#root;
      if (!isPlainName(name)) return null;
      try {
        this.#steps.push(openStep(name, `${from.prefix}/${name}`));
      } catch {
        // Missing, a link, or shut to us: for the caller it is all the same.
        return null;
      }
    }
    return this.#steps.at(-1) ?? this.#root;
  }

  #leave(depth: number): void {
    for (const { descriptor } of this.#steps.splice(depth)) {
      if (descriptor !== null) closeSync(descriptor);
    }
  }
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('\0');
}

function openStep(name: string, path: string): Step {
  if (process.platform !== 'linux') {
    if (!lstatSync(toPathBytes(path)).isDirectory()) throw new Error('no folder');
    return { name, prefix: path, descriptor: null };
  }
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const descriptor = openSync(toPathBytes(path), flags);
  return { name, prefix: `/proc/self/fd/${descriptor}`, descriptor };
}
