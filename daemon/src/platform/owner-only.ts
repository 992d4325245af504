/**
 * Folders and files that belong to this user alone. Verified each time, since what was ours yesterday may not be today.
 * Never follows a symbolic link in the last step and never uses what another account could have prepared.
 */

import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { PlatformError } from '../errors.ts';

/** Bits that let somebody else write. */
const WRITABLE_BY_OTHERS = 0o022;
/** Bits that let somebody else do anything. */
const ANY_BY_OTHERS = 0o077;

/**
 * Makes the folder if it is not there, with its parents, and verifies that it is ours alone.
 * One of ours that others may read is tightened; one that others may write is refused, for they may have been there.
 * @throws PlatformError `PLATFORM_UNSUPPORTED` naming the folder and the command that mends it
 */
export function ensureOwnerFolder(path: string): void {
  // Only where nothing is: whatever is there already is judged as it is, a link included.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  const found = lstatSync(path);
  verifyFolder(path, found);
  if (process.platform !== 'win32' && (found.mode & ANY_BY_OTHERS) !== 0) chmodSync(path, 0o700);
}

/**
 * Verifies that the folder is ours and that nobody else can put anything into it. One that is not there is fine.
 * @throws PlatformError as `ensureOwnerFolder`
 */
export function verifyOwnerFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined) verifyFolder(path, found);
}

/**
 * Reads a file that must be ours alone.
 * @param maxBytes a longer file is refused
 * @returns null when there is no such file
 * @throws PlatformError when it is a link, foreign, open to others or too long
 */
export function readOwnerFile(path: string, maxBytes: number): Buffer | null {
  let file: number;
  try {
    // Non-blocking, so that a pipe put in its place cannot hang us before it is seen for what it is.
    file = openSync(path, constants.O_RDONLY | noFollow() | nonBlocking());
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    if (hasCode(error, 'ELOOP')) throw unfit(path, 'is a symbolic link', `remove ${path}`);
    throw error;
  }
  try {
    verifyOpenFile(path, fstatSync(file), maxBytes);
    const bytes = Buffer.alloc(maxBytes);
    return bytes.subarray(0, readSync(file, bytes, 0, maxBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** Whether an unknown thrown value is the operating system's error of that name. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function verifyFolder(path: string, found: Stats): void {
  if (!found.isDirectory()) throw unfit(path, 'is not a folder of its own', `remove ${path}`);
  if (process.platform === 'win32') return;
  refuseForeign(path, found);
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0) {
    throw unfit(path, 'can be written by other accounts', `chmod 700 ${path}`);
  }
}

function verifyOpenFile(path: string, found: Stats, maxBytes: number): void {
  if (!found.isFile()) throw unfit(path, 'is not a plain file', `remove ${path}`);
  if (found.size > maxBytes) throw unfit(path, 'is too long', `remove ${path}`);
  if (process.platform === 'win32') return;
  refuseForeign(path, found);
  if ((found.mode & ANY_BY_OTHERS) !== 0) {
    throw unfit(path, 'is open to other accounts', `chmod 600 ${path}`);
  }
}

function refuseForeign(path: string, found: Stats): void {
  if (found.uid === process.geteuid?.()) return;
  throw unfit(path, 'belongs to another account', `remove ${path} or set AGENTGUARD_HOME`);
}

// Windows has neither flag; Node leaves them undefined there, whatever the types say.
function noFollow(): number {
  return process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
}

function nonBlocking(): number {
  return process.platform === 'win32' ? 0 : constants.O_NONBLOCK;
}

function unfit(path: string, what: string, help: string): PlatformError {
  return new PlatformError('PLATFORM_UNSUPPORTED', `\`${path}\` ${what}`, {
    audience: 'user',
    help,
  });
}
