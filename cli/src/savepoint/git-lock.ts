/** The locks that git itself takes, so that a restore and another git never write the same file. */

import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { SavePointError } from './savepoint-error.ts';

/** gitrepository-layout(5): `NAME.lock` is made first, then filled and moved to its place. */
export function replaceLocked(path: string, bytes: Buffer): void {
  const descriptor = takeLock(`${path}.lock`);
  try {
    writeFileSync(descriptor, bytes);
  } catch (error) {
    rmSync(`${path}.lock`, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${path}.lock`, path);
}

/** Does the work while the lock is held. */
export function holding(lock: string, work: () => void): void {
  closeSync(takeLock(lock));
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): number {
  try {
    return openSync(lock, 'wx', 0o644);
  } catch (error) {
    throw new SavePointError(
      `\`${lock}\` is in the way: another git is at work, or one was interrupted`,
      'end it, or remove the file, and run the same again',
      error,
    );
  }
}
