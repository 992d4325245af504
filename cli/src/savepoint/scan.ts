/**
 * Turns a list of files into what stands there now: kind, mode, size and the digest of the content.
 * Keeps no content. What cannot be read within the bounds is a miss with its reason.
 */

import type { SaveLimits } from './limits.ts';
import type { Candidate } from './list-files.ts';
import { PinnedTree } from './pinned-tree.ts';
import { parentOf, unsafeRawPath } from './raw-path.ts';
import type { RawPath } from './raw-path.ts';
import { contentId, lookAt, readLink, readPlainFile } from './read-file.ts';
import type { Content, Found } from './read-file.ts';
import type { Area, Miss, MissReason, SavedEntry } from './save-point.ts';
import type { StampCache } from './stamp-cache.ts';

/** What is looked at, and how far. */
export interface ScanOptions {
  readonly area: Area;
  readonly root: string;
  readonly files: readonly Candidate[];
  /** Folders to keep although nothing in them is listed. */
  readonly folders: readonly RawPath[];
  readonly format: 'sha1' | 'sha256';
  readonly limits: SaveLimits;
  /** When reading stops, in milliseconds since the epoch. */
  readonly until: number;
  readonly cache: StampCache | null;
  /** Takes the contents by their ids, for files that will be others in a moment. */
  readonly hold?: Map<string, Buffer>;
}

export interface Scan {
  readonly entries: readonly SavedEntry[];
  readonly misses: readonly Miss[];
  /** Whether a bound ended it before the end of the list. */
  readonly cut: boolean;
}

type Present = Extract<Found, { kind: 'file' | 'link' | 'folder' }>;

/** Looks at every file once. */
export function scan(options: ScanOptions): Scan {
  const tree = new PinnedTree(options.root);
  try {
    return new Scanner(options, tree).run();
  } finally {
    tree.close();
  }
}

class Scanner {
  readonly #options: ScanOptions;
  readonly #tree: PinnedTree;
  readonly #entries: SavedEntry[] = [];
  readonly #misses: Miss[] = [];
  readonly #folders = new Set<string>();
  #ignored = 0;
  #cut = false;

  constructor(options: ScanOptions, tree: PinnedTree) {
    this.#options = options;
    this.#tree = tree;
  }

  run(): Scan {
    const { files, folders, limits } = this.#options;
    // In the order of their folders, so that each folder is entered once.
    const sorted = [...files].sort((left, right) => compare(left.path, right.path));
    for (const [index, candidate] of sorted.entries()) {
      const reason = this.#whyNotLookedAt(candidate, index);
      if (reason === null) this.#look(candidate);
      else {
        this.#cut ||= !candidate.ignored;
        this.#miss(candidate.path, reason, null);
      }
    }
    for (const folder of folders.slice(0, limits.maxFiles)) this.#lookIntoEmpty(folder);
    return { entries: this.#entries, misses: this.#misses, cut: this.#cut };
  }

  #whyNotLookedAt({ ignored }: Candidate, index: number): MissReason | null {
    const { limits, until } = this.#options;
    if (index >= limits.maxFiles) return 'too many files';
    if (Date.now() > until) return 'no time left';
    if (!ignored) return null;
    this.#ignored += 1;
    return this.#ignored > limits.maxIgnoredFiles ? 'too many files' : null;
  }

  #look({ path, ignored }: Candidate): void {
    const place = this.#tree.at(path);
    const found = place === null ? null : lookAt(place);
    if (place === null || found === null) return;
    switch (found.kind) {
      case 'missing':
      case 'folder':
        // Deleted, or a folder took its place: then its files are on the list themselves.
        return;
      case 'other':
        this.#miss(path, 'neither file nor link', null);
        return;
      case 'unreadable':
        this.#miss(path, 'unreadable', null);
        return;
      case 'file':
      case 'link':
        this.#keep(path, place, { found, ignored });
    }
  }

  #keep(
    path: RawPath,
    place: Buffer,
    { found, ignored }: { readonly found: Present; readonly ignored: boolean },
  ): void {
    const { limits, format, cache, area } = this.#options;
    const { size } = found.stamp;
    const maxBytes = ignored ? limits.maxIgnoredFileBytes : limits.maxFileBytes;
    if (size > maxBytes) {
      this.#miss(path, 'too large', size);
      return;
    }
    const known = cache?.get(path, found.stamp) ?? null;
    const content = known === null ? readContent(place, found, maxBytes) : null;
    if (content?.ok === false) {
      if (content.why !== 'missing') this.#miss(path, toReason(content.why), size);
      return;
    }
    const id = known ?? (content === null ? null : contentId(content.bytes, format));
    if (id === null) return;
    if (known === null) cache?.put(path, found.stamp, id);
    if (content !== null) this.#options.hold?.set(id, content.bytes);
    this.#keepFoldersAbove(path);
    const { kind, mode } = found;
    this.#entries.push({ area, path, kind, mode, size: content?.bytes.length ?? size, id });
  }

  /** Folders are kept with their permissions; restoring a file makes them again. */
  #keepFoldersAbove(path: RawPath): void {
    if (this.#folders.has(parentOf(path))) return;
    const parts = path.split('/').slice(0, -1);
    for (const [index] of parts.entries()) {
      this.#keepFolder(unsafeRawPath(parts.slice(0, index + 1).join('/')));
    }
  }

  #keepFolder(path: RawPath): boolean {
    if (this.#folders.has(path)) return true;
    const place = this.#tree.at(path);
    const found = place === null ? null : lookAt(place);
    if (found?.kind !== 'folder') return false;
    this.#folders.add(path);
    const { area } = this.#options;
    this.#entries.push({ area, path, kind: 'folder', mode: found.mode, size: 0, id: null });
    return true;
  }

  #lookIntoEmpty(path: RawPath): void {
    this.#keepFoldersAbove(unsafeRawPath(`${path}/x`));
  }

  #miss(path: RawPath, reason: MissReason, size: number | null): void {
    this.#misses.push({ path, reason, size });
  }
}

function readContent(place: Buffer, found: Present, maxBytes: number): Content {
  return found.kind === 'link' ? readLink(place) : readPlainFile(place, maxBytes);
}

function toReason(why: 'unreadable' | 'changing' | 'too large'): MissReason {
  switch (why) {
    case 'unreadable':
      return 'unreadable';
    case 'changing':
      return 'changing while it was read';
    case 'too large':
      return 'too large';
  }
}

/** By bytes, folder by folder. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
