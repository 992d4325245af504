/** Hands the contents that the store lacks to git, one at a time, and knows afterwards what was kept of each file. */

import type { SaveLimits } from './limits.ts';
import { PinnedTree } from './pinned-tree.ts';
import { unsafeRawPath } from './raw-path.ts';
import { contentId, readLink, readPlainFile } from './read-file.ts';
import { rootOf } from './repository.ts';
import type { Repository } from './repository.ts';
import type { Miss, SavedEntry } from './save-point.ts';

/** Reads the contents that the store lacks a second time. A file that changed meanwhile is kept as it is by then. */
export class MissingContents {
  readonly kept: SavedEntry[] = [];
  readonly misses: Miss[] = [];
  addedBytes = 0;
  readonly #repository: Repository;
  readonly #there: Set<string>;
  readonly #held: ReadonlyMap<string, Buffer>;
  readonly #limits: SaveLimits;

  constructor(
    repository: Repository,
    from: {
      readonly types: ReadonlyMap<string, string>;
      readonly held: ReadonlyMap<string, Buffer>;
      readonly limits: SaveLimits;
    },
  ) {
    this.#repository = repository;
    this.#there = new Set(from.types.keys());
    this.#held = from.held;
    this.#limits = from.limits;
  }

  *read(entries: readonly SavedEntry[]): Generator<Buffer> {
    for (const area of ['work', 'git', 'common'] as const) {
      if (!entries.some((entry) => entry.area === area)) continue;
      const tree = new PinnedTree(rootOf(this.#repository, area));
      try {
        for (const entry of entries) if (entry.area === area) yield* this.#readOne(tree, entry);
      } finally {
        tree.close();
      }
    }
  }

  *#readOne(tree: PinnedTree, entry: SavedEntry): Generator<Buffer> {
    const { id, size, path } = entry;
    if (id === null || this.#there.has(id)) {
      this.kept.push(entry);
      return;
    }
    if (this.addedBytes + size > this.#limits.maxNewBytes) {
      this.misses.push({ path, reason: 'over the budget', size });
      return;
    }
    const bytes = this.#held.get(id) ?? this.#content(tree, entry);
    if (bytes === null) {
      this.misses.push({ path, reason: 'changing while it was read', size });
      return;
    }
    const now = contentId(bytes, this.#repository.objectFormat);
    this.#there.add(now);
    this.addedBytes += bytes.length;
    yield bytes;
    this.kept.push({ ...entry, id: now, size: bytes.length });
  }

  #content(tree: PinnedTree, { path, kind }: SavedEntry): Buffer | null {
    const place = tree.at(unsafeRawPath(path));
    if (place === null) return null;
    const content =
      kind === 'link' ? readLink(place) : readPlainFile(place, this.#limits.maxFileBytes);
    return content.ok ? content.bytes : null;
  }
}
