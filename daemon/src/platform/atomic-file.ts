/** Replacing a file so that a crash leaves either the old or the new one, never half of it. */

import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes `bytes` to `path`, readable by the owner alone. Synced to disk, the folder's entry included.
 * @throws the file system's own error; the old file is then still there
 */
export function writeFileAtomic(path: string, bytes: string | Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.new`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeAll(file, typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

function syncFolder(folder: string): void {
  // Windows cannot open a folder as a file; there the rename itself is the best there is.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
