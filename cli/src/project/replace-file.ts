/**
 * Puts new bytes in the place of a file: beside it first, synced, then renamed over it. A crash or a full disk leaves
 * the old file or the new one, never half of either. Owner and mode stay.
 */

import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ProjectError } from './project-error.ts';
import { codeOf } from './read-project-file.ts';

/** What a file is to be. */
export interface NewFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Null keeps whoever writes. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/**
 * Replaces the file.
 * @param confirm called last, with the new bytes on disk: throws when the old file may not go after all
 * @throws ProjectError naming the file; it is then as it was
 */
export function replaceFile(file: NewFile, confirm: () => void = () => undefined): void {
  const beside = besidePath(file.path);
  try {
    // Left by a crash; it never was the file.
    rmSync(beside, { force: true });
    writeBeside(beside, file);
    confirm();
    renameSync(beside, file.path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error instanceof ProjectError ? error : toProjectError(file.path, error);
  }
  syncFolder(dirname(file.path));
}

/** Where the new bytes of a file stand before they take its place. */
export function besidePath(path: string): string {
  return join(dirname(path), `.${basename(path).replace(/^\./, '')}.agentguard-new`);
}

function writeBeside(path: string, { bytes, mode, owner }: NewFile): void {
  // Never through something that lies there: O_EXCL follows no link.
  const handle = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(handle, bytes, written);
    if (owner !== null && process.platform !== 'win32') giveTo(handle, owner);
    // After the owner, since changing that takes set-id bits away.
    fchmodSync(handle, mode);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function giveTo(handle: number, owner: { readonly uid: number; readonly gid: number }): void {
  const { uid, gid } = fstatSync(handle);
  if (uid !== owner.uid || gid !== owner.gid) fchownSync(handle, owner.uid, owner.gid);
}

function syncFolder(folder: string): void {
  // Windows cannot open a folder as a file; there the rename itself is the best there is.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function toProjectError(path: string, error: unknown): ProjectError {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ProjectError(
        `there is no room on the disk to rewrite \`${path}\`; it is as it was`,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ProjectError(
        `\`${path}\` cannot be replaced by this account; it is as it was`,
        'make its folder and the file writable for you, or give it back to your account',
      );
    default:
      return new ProjectError(
        `\`${path}\` cannot be rewritten (${codeOf(error) || 'unknown'}); it is as it was`,
      );
  }
}
