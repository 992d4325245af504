/**
 * Where the record lies, and who may touch it: the owner alone.
 * A file that somebody else owns or may read or write is refused, never mended in silence.
 */

import { closeSync, constants, fsyncSync, lstatSync, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '../errors.ts';

/** Bits that let anybody but the owner in. */
const FOREIGN_BITS = 0o077;

const OWNER_ONLY_FILE = 0o600;

/** The files of a record. */
export interface RecordPaths {
  readonly database: string;
  readonly checkpoints: string;
}

/** The files of the record in a folder. */
export function toRecordPaths(folder: string): RecordPaths {
  return { database: join(folder, 'audit.db'), checkpoints: join(folder, 'checkpoints.log') };
}

/**
 * Checks the folder and whatever lies in it already, and makes what is missing.
 * @throws AuditError `AUDIT_UNREADABLE` when somebody else owns or may reach any of it
 */
export function prepareRecordFolder(folder: string): RecordPaths {
  const paths = toRecordPaths(folder);
  refuseForeign(folder, 'folder');
  for (const path of [paths.database, paths.checkpoints]) {
    makeFile(path);
    refuseForeign(path, 'file');
  }
  for (const suffix of ['-wal', '-shm', '-journal']) {
    const path = `${paths.database}${suffix}`;
    if (lookAt(path) !== undefined) refuseForeign(path, 'file');
  }
  syncFolder(folder);
  return paths;
}

/** Makes a file as the owner's alone from its first moment; SQLite would use the umask. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY_FILE));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw unreadable(`\`${path}\` cannot be made`, error);
  }
}

function refuseForeign(path: string, kind: 'file' | 'folder'): void {
  const stats = lookAt(path);
  if (stats === undefined) throw unreadable(`the ${kind} \`${path}\` is not there`);
  if (kind === 'file' ? !stats.isFile() : !stats.isDirectory()) {
    throw unreadable(`\`${path}\` is not a ${kind}`);
  }
  // Windows has no owner bits; the state folder's access list is checked where it is made.
  if (process.getuid === undefined) return;
  if (stats.uid !== process.getuid()) throw unreadable(`\`${path}\` belongs to somebody else`);
  if ((stats.mode & FOREIGN_BITS) !== 0) {
    const mode = kind === 'file' ? '600' : '700';
    throw unreadable(`others may reach \`${path}\``, undefined, `chmod ${mode} ${path}`);
  }
  if (kind === 'file' && stats.nlink > 1) throw unreadable(`\`${path}\` has a second name`);
}

function lookAt(path: string): Stats | undefined {
  try {
    // Not through a link: it could be pointed elsewhere later.
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(`\`${path}\` cannot be looked at`, error);
  }
}

function syncFolder(folder: string): void {
  // Windows cannot open a folder as a file.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function unreadable(message: string, cause?: unknown, help?: string): AuditError {
  return new AuditError('AUDIT_UNREADABLE', message, {
    audience: 'user',
    ...(cause === undefined ? {} : { cause }),
    ...(help === undefined ? {} : { help }),
  });
}
