/**
 * The operator key: stands in for a terminal when a person answers questions from a script of their own.
 * It never outweighs where a process comes from: a guarded session is refused with it as without.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { readOwnerFile } from '../../platform/owner-only.ts';

/** 256 bits, far beyond guessing. */
const KEY_BYTES = 32;
const KEY_PREFIX = 'agk_';

/** Room for a key and a line end. */
const MAX_FILE_BYTES = 256;

/** Writes a new key into the file, readable by its owner alone. An older key stops working at once. */
export function createOperatorKey(path: string): void {
  writeFileAtomic(path, `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}\n`);
}

/**
 * Whether the presented key is the one in the file. Takes the same time wherever they differ.
 * @returns false when there is no file, or its owner or mode is not right
 */
export function isOperatorKey(path: string, presented: string): boolean {
  const stored = readKey(path);
  if (!stored?.startsWith(KEY_PREFIX)) return false;
  return timingSafeEqual(digest(stored), digest(presented));
}

function readKey(path: string): string | null {
  try {
    return readOwnerFile(path, MAX_FILE_BYTES)?.toString('utf8').trim() ?? null;
  } catch {
    // A key that others could have written or read proves nothing.
    return null;
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
