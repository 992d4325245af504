/**
 * Reads a file of the project for a change: a plain file of moderate size, in UTF-8, reached without a link.
 * Whatever is anything else is named with the reason and left alone.
 */

import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { SecretText } from './secret-text.ts';

/** Files that agents keep their projects in grow to some megabytes; `.env` files have a bound of their own. */
const MIB = 1024 * 1024;
const MAX_FILE_BYTES = 16 * MIB;

/** A file as it was read. Its digest says later whether it is still the same. */
export interface ProjectFile {
  /** Absolute. */
  readonly path: string;
  /** As it is shown: below the project, or below `~`. */
  readonly shown: string;
  readonly content: SecretText;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly digest: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type ReadFile =
  | { readonly kind: 'file'; readonly file: ProjectFile }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unfit'; readonly why: string };

/** Permission bits, set-id and sticky ones included. */
const MODE_BITS = 0o7777;

/** Reads the file at a path, never through a symbolic link in its last step. */
export function readProjectFile(path: string, shown: string, maxBytes = MAX_FILE_BYTES): ReadFile {
  let handle: number;
  try {
    // Non-blocking, so that a pipe cannot hang us before it is seen for what it is.
    handle = openSync(path, constants.O_RDONLY | flag('O_NOFOLLOW') | flag('O_NONBLOCK'));
  } catch (error) {
    return toUnread(error);
  }
  try {
    return readOpen(handle, { path, shown, maxBytes });
  } catch (error) {
    return toUnread(error);
  } finally {
    closeSync(handle);
  }
}

/** SHA-256 in hexadecimal. */
export function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function readOpen(
  handle: number,
  { path, shown, maxBytes }: { path: string; shown: string; maxBytes: number },
): ReadFile {
  const found = fstatSync(handle);
  if (!found.isFile()) return unfit('is not a plain file');
  if (found.nlink > 1) return unfit('has a second name (hard link), which would keep its secrets');
  if (found.size > maxBytes) return unfit(`is larger than ${maxBytes / MIB} MiB`);
  const bytes = readAll(handle, found.size);
  if (bytes === null) return unfit('is being written right now');
  const text = toText(bytes);
  if (text === null) return unfit('is not text in UTF-8');
  const { mode, uid, gid } = found;
  const digest = digestOf(bytes);
  const content = new SecretText(text);
  return {
    kind: 'file',
    file: { path, shown, content, digest, mode: mode & MODE_BITS, uid, gid },
  };
}

/** Null when there is more than its size said: somebody writes it. */
function readAll(handle: number, size: number): Buffer | null {
  const bytes = Buffer.alloc(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(handle, bytes, length, bytes.length - length, null);
    length += count;
    if (count === 0) return Buffer.from(bytes.subarray(0, length));
    if (length > size) return null;
  }
}

/** The text, when writing it gives the same bytes again. */
function toText(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  if (text.includes('\0')) return null;
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

function toUnread(error: unknown): ReadFile {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'missing' };
    case 'ELOOP':
    case 'EMLINK':
      return unfit('is a symbolic link, which is not followed');
    case 'EACCES':
    case 'EPERM':
      return unfit('cannot be read by this account');
    default:
      return unfit('cannot be read');
  }
}

function unfit(why: string): ReadFile {
  return { kind: 'unfit', why };
}

/** The operating system's name of a failure; empty for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Windows lacks both flags; Node leaves them undefined there, whatever the types say. */
function flag(name: 'O_NOFOLLOW' | 'O_NONBLOCK'): number {
  return process.platform === 'win32' ? 0 : constants[name];
}
