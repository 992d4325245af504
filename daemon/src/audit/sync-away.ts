/**
 * Syncs a file on a thread of its own, so that a sync on the event loop finds little left to wait for.
 * Never to be called on the database itself: closing a second handle on it gives its lock away.
 */

import { open } from 'node:fs/promises';

/** Resolves when what the file holds is on the disk, or could not be brought there. It only saves time. */
export async function syncAway(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch {
    // Whoever needs the bytes on the disk syncs again and sees the failure.
  }
}
