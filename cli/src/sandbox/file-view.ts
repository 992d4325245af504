/** What can be seen of the file system while a profile is made. One snapshot of the disk; another in tests. */

import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';

/** What a path is. `other` is a socket, a pipe or a device. */
export type FileKind = 'file' | 'folder' | 'link' | 'other';

/** One name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** Read-only questions. What cannot be read is answered as if it were not there. */
export interface FileView {
  /** The path itself, a link not followed; null when nothing is there. */
  readonly kindOf: (path: string) => FileKind | null;
  /** Names in a folder; empty when it cannot be read. */
  readonly entriesOf: (path: string) => readonly FolderEntry[];
  /** The path with every link followed; null when it leads nowhere. */
  readonly realPath: (path: string) => string | null;
  /** What a link says; null when it cannot be read. */
  readonly linkTarget: (path: string) => string | null;
  /** A small text file; null when it is not there, too long or unreadable. */
  readonly textOf: (path: string) => string | null;
}

/** Longest file that is read: git's own settings and pointers, a settings file that is copied. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;

/** The disk of this machine as it is when it is first asked about: made anew for each look. */
export function diskView(): FileView {
  return {
    kindOf: remember((path) => {
      const found = orNull(() => lstatSync(path, { throwIfNoEntry: false }));
      return found === null || found === undefined ? null : toKind(found);
    }),
    entriesOf: remember((path) => orNull(() => readEntries(path)) ?? []),
    realPath: remember((path) => orNull(() => realpathSync(path))),
    linkTarget: (path) => orNull(() => readlinkSync(path)),
    textOf: (path) =>
      orNull(() => {
        const found = statSync(path);
        if (!found.isFile() || found.size > MAX_TEXT_BYTES) return null;
        return readFileSync(path, 'utf8');
      }),
  };
}

interface KindSource {
  isSymbolicLink(): boolean;
  isDirectory(): boolean;
  isFile(): boolean;
}

function toKind(source: KindSource): FileKind {
  if (source.isSymbolicLink()) return 'link';
  if (source.isDirectory()) return 'folder';
  return source.isFile() ? 'file' : 'other';
}

/** What cannot be read by us cannot be read inside either: there it has fewer rights. */
function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}

function readEntries(path: string): readonly FolderEntry[] {
  const found = readdirSync(path, { withFileTypes: true });
  return found.map((entry) => ({ name: entry.name, kind: toKind(entry) }));
}

/** The same question comes many times while one profile is made. */
function remember<T>(look: (path: string) => T): (path: string) => T {
  const known = new Map<string, T>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const found = look(path);
    known.set(path, found);
    return found;
  };
}
