/** Scans files as they lie on the disk. */

import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
} from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { Collector } from './collector.ts';
import { MAX_WHOLE_BYTES, lookThrough, lookThroughPieces } from './content.ts';
import type { FindingPlace, ScanResult } from './finding.ts';
import { toShownPath } from './git.ts';
import { codeOf, listTree, toBytes } from './list-tree.ts';
import type { ListedFile } from './list-tree.ts';
import type { Progress } from './progress.ts';
import { ScanError } from './scan-error.ts';
import type { ScanPolicy } from './scan-settings.ts';

const PIECE_BYTES = 1024 * 1024;

/** What a tree scan is told. */
export interface TreeScan {
  /** Absolute: paths of finds are below it. */
  readonly root: string;
  readonly paths: readonly string[];
  readonly policy: ScanPolicy;
  readonly progress: Progress;
  /** Milliseconds after which it stops and says so; left out, it goes on to the end. */
  readonly patienceMs?: number;
}

/** Scans files and folders. */
export async function scanTree({
  root,
  paths,
  policy,
  progress,
  patienceMs,
}: TreeScan): Promise<ScanResult> {
  const collector = new Collector(policy);
  const until = patienceMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + patienceMs;
  for (const path of paths) {
    const absolute = resolve(path);
    const found = lstatSync(absolute, { throwIfNoEntry: false });
    if (found === undefined) throw new ScanError(`there is no \`${path}\``);
    if (found.isDirectory()) await scanFolder(absolute, { root, collector, progress, until });
    else {
      const file = { raw: Buffer.from(basename(absolute)).toString('latin1'), local: false };
      await scanFile(file, { folder: dirname(absolute), root, collector });
    }
  }
  return collector.result();
}

interface Parts {
  readonly root: string;
  readonly collector: Collector;
}

async function scanFolder(
  folder: string,
  {
    root,
    collector,
    progress,
    until,
  }: Parts & { readonly progress: Progress; readonly until: number },
): Promise<void> {
  const listing = listTree(folder);
  const show = (raw: string): string => shownPath({ folder, root, raw });
  for (const { raw, why } of listing.skipped) collector.skip(show(raw), why);
  for (const { raw, why } of listing.unread) collector.unread(show(raw), why);
  progress.expect(listing.files.length, 'files');
  for (const [at, file] of listing.files.entries()) {
    if (Date.now() > until) {
      collector.note(
        `${listing.files.length - at} of ${listing.files.length} files were not looked at`,
      );
      break;
    }
    await scanFile(file, { folder, root, collector });
    progress.step();
  }
  progress.end();
}

function shownPath({ folder, root, raw }: { folder: string; root: string; raw: string }): string {
  const below = relative(root, folder).replaceAll('\\', '/');
  const name = toShownPath(raw);
  return below === '' ? name : `${below}/${name}`;
}

async function scanFile(
  { raw, local }: ListedFile,
  { folder, root, collector }: Parts & { readonly folder: string },
): Promise<void> {
  const path = shownPath({ folder, root, raw });
  if (collector.excludes(path)) return;
  const place: FindingPlace = { kind: local ? 'local' : 'tree' };
  const opened = open(toBytes(folder, raw));
  switch (opened.kind) {
    case 'missing':
      // Deleted since it was listed, or kept by git only.
      return;
    case 'skipped':
      collector.skip(path, opened.why);
      return;
    case 'unread':
      collector.unread(path, opened.why);
      return;
    case 'file':
      try {
        const looked =
          opened.size > MAX_WHOLE_BYTES
            ? await lookThroughPieces(toPieces(opened.handle), path)
            : lookThrough(readAll(opened.handle, opened.size), path);
        collector.add(looked, { path, place });
      } catch (error) {
        collector.unread(path, codeOf(error));
      } finally {
        closeSync(opened.handle);
      }
  }
}

type Opened =
  | { readonly kind: 'file'; readonly handle: number; readonly size: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'skipped'; readonly why: 'symbolic link' | 'no regular file' }
  | { readonly kind: 'unread'; readonly why: string };

/** Never through a link in the last step, and never waiting for a pipe. */
function open(path: Buffer): Opened {
  let handle: number;
  try {
    const flags = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;
    handle = openSync(path, constants.O_RDONLY | flags);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'ELOOP' || code === 'EMLINK') return { kind: 'skipped', why: 'symbolic link' };
    if (code === 'ENXIO') return { kind: 'skipped', why: 'no regular file' };
    return { kind: 'unread', why: code };
  }
  const found = fstatSync(handle);
  if (found.isFile()) return { kind: 'file', handle, size: found.size };
  closeSync(handle);
  return { kind: 'skipped', why: 'no regular file' };
}

/** Reads what is there now: files of the kernel say they are empty, and others grow. */
function readAll(handle: number, size: number): Buffer {
  let bytes = Buffer.allocUnsafe(size + READ_AHEAD_BYTES);
  let length = 0;
  for (;;) {
    const count = readSync(handle, bytes, length, bytes.length - length, null);
    length += count;
    if (count === 0 || length >= MAX_GROWN_BYTES) return bytes.subarray(0, length);
    if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(bytes.length)]);
  }
}

/** Enough to see the end of a file that is as long as it says. */
const READ_AHEAD_BYTES = 64;
/** What grows beyond this while it is read is taken for what it was by then. */
const MAX_GROWN_BYTES = 4 * MAX_WHOLE_BYTES;

function toPieces(handle: number): AsyncIterable<Buffer> {
  return createReadStream('', { fd: handle, autoClose: false, highWaterMark: PIECE_BYTES });
}
