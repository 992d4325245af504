/**
 * One daemon per state folder. The kernel holds the lock, so it ends with its holder however that ends,
 * and no file left behind by a dead daemon can stand in the way.
 */

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { PlatformError } from '../errors.ts';
import { nativeCalls } from './native.ts';

/** flock(2): exclusive, and answer at once. Equal on Linux and macOS. */
const LOCK_EXCLUSIVE_NOW = 2 | 4;

/** What the holder says about itself, for messages only. */
export interface LockHolder {
  readonly pid: number;
  readonly socket: string;
}

/** The lock, or who has it. */
export type LockResult =
  | { readonly kind: 'acquired'; readonly lock: InstanceLock }
  /** `holder` is null when it had not written its name yet. */
  | { readonly kind: 'taken'; readonly holder: LockHolder | null };

/** A held lock. The file stays: removing it would let two processes lock two files of one name. */
export interface InstanceLock {
  release(): void;
}

/**
 * Takes the lock, or says who has it. Never waits.
 * On Windows the pipe's name is the lock, since a second listener on it fails; there this always succeeds.
 * @param path the lock file, in an owner-only folder
 * @param socket where this process will listen
 * @throws PlatformError when the file system cannot lock
 */
export function acquireInstanceLock(path: string, socket: string): LockResult {
  // Node opens with O_CLOEXEC, so that no child keeps the lock after us.
  const file = openSync(path, 'a+', 0o600);
  if (process.platform !== 'win32' && !lockNow(file, path)) {
    closeSync(file);
    return { kind: 'taken', holder: readHolder(path) };
  }
  ftruncateSync(file, 0);
  writeSync(file, JSON.stringify({ pid: process.pid, socket } satisfies LockHolder));
  return {
    kind: 'acquired',
    lock: {
      release: () => {
        closeSync(file);
      },
    },
  };
}

function lockNow(file: number, path: string): boolean {
  const calls = nativeCalls();
  if (calls.flock(file, LOCK_EXCLUSIVE_NOW) === 0) return true;
  if (calls.errno() === constants.errno.EWOULDBLOCK) return false;
  closeSync(file);
  throw new PlatformError('PLATFORM_UNSUPPORTED', `the file \`${path}\` cannot be locked`, {
    audience: 'user',
    help: 'set AGENTGUARD_HOME to a folder on a local disk',
  });
}

function readHolder(path: string): LockHolder | null {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof read !== 'object' || read === null) return null;
    const { pid, socket } = { pid: null, socket: null, ...read };
    return typeof pid === 'number' && typeof socket === 'string' ? { pid, socket } : null;
  } catch {
    // The holder has not written yet; its name is for the message only.
    return null;
  }
}
