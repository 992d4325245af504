/** Reads one file, link or folder as it stands, whole or not at all. Never follows a link and never waits for a writer. */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { createHash } from 'node:crypto';

/** What tells a changed file from an unchanged one without reading it. */
export interface Stamp {
  readonly size: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
}

/** What stands at a place. */
export type Found =
  | { readonly kind: 'file' | 'link' | 'folder'; readonly mode: number; readonly stamp: Stamp }
  | { readonly kind: 'missing' | 'other' | 'unreadable' };

/** Content of a file, or why there is none. */
export type Content =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly why: 'missing' | 'unreadable' | 'changing' | 'too large' };

/** Looks at a place without opening it. */
export function lookAt(place: Buffer): Found {
  try {
    const stats = lstatSync(place, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? { kind: 'missing' } : toFound(stats);
  } catch (error) {
    return { kind: isGone(error) ? 'missing' : 'unreadable' };
  }
}

/** The content of a plain file. A file that changes while it is read is not half of one and half of another. */
export function readPlainFile(place: Buffer, maxBytes: number): Content {
  const flags = constants.O_RDONLY | noFollow() | nonBlocking();
  let descriptor: number;
  try {
    descriptor = openSync(place, flags);
  } catch (error) {
    return { ok: false, why: isGone(error) ? 'missing' : 'unreadable' };
  }
  try {
    const before = fstatSync(descriptor, { bigint: true });
    if (!before.isFile()) return { ok: false, why: 'missing' };
    if (before.size > maxBytes) return { ok: false, why: 'too large' };
    const bytes = readAll(descriptor, Number(before.size));
    const after = fstatSync(descriptor, { bigint: true });
    const same = before.mtimeNs === after.mtimeNs && BigInt(bytes.length) === after.size;
    return same ? { ok: true, bytes } : { ok: false, why: 'changing' };
  } catch {
    return { ok: false, why: 'unreadable' };
  } finally {
    closeSync(descriptor);
  }
}

/** Where a link leads, as the bytes it holds. */
export function readLink(place: Buffer): Content {
  try {
    return { ok: true, bytes: readlinkSync(place, 'buffer') };
  } catch (error) {
    return { ok: false, why: isGone(error) ? 'missing' : 'unreadable' };
  }
}

/** The digest that git gives to the content: gitformat-loose, `blob SIZE\0CONTENT`. */
export function contentId(bytes: Buffer, format: 'sha1' | 'sha256'): string {
  return createHash(format).update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function readAll(descriptor: number, size: number): Buffer {
  // One more than it should be, so that a file that grew is seen.
  const buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += read;
    if (read === 0 || length === buffer.length) return buffer.subarray(0, length);
  }
}

function toFound(stats: BigIntStats): Found {
  const kind = stats.isFile()
    ? 'file'
    : stats.isSymbolicLink()
      ? 'link'
      : stats.isDirectory()
        ? 'folder'
        : 'other';
  if (kind === 'other') return { kind };
  return {
    kind,
    mode: Number(stats.mode) & 0o777,
    stamp: {
      size: Number(stats.size),
      mtimeNs: String(stats.mtimeNs),
      ctimeNs: String(stats.ctimeNs),
      inode: String(stats.ino),
    },
  };
}

function isGone(error: unknown): boolean {
  // ELOOP: a link came in the place of the file. ENOTDIR: a file came in the place of its folder.
  const codes: readonly unknown[] = ['ENOENT', 'ELOOP', 'ENOTDIR'];
  return error instanceof Error && 'code' in error && codes.includes(error.code);
}

// Windows has neither flag; Node leaves them undefined there, whatever the types say.
function noFollow(): number {
  return process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
}

function nonBlocking(): number {
  return process.platform === 'win32' ? 0 : constants.O_NONBLOCK;
}
