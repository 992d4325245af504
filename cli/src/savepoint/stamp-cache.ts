/**
 * Remembers which content a file had when it was last read, so that the next save reads only what changed.
 * INVARIANT: a file that was touched shortly before it was read is read again; its next change could keep its times.
 */

import { join } from 'node:path';
import * as z from 'zod';
import type { Stamp } from './read-file.ts';
import { readJson, writeWhole } from './store.ts';
import type { Store } from './store.ts';

/** FAT keeps times to two seconds, the coarsest in use. */
const COARSEST_CLOCK_NS = 3_000_000_000n;

const cacheSchema = z.record(z.string(), z.tuple([z.string(), z.string()]));

/** Paths with stamp and content. */
export class StampCache {
  readonly #file: string;
  readonly #before: z.infer<typeof cacheSchema>;
  readonly #now: z.infer<typeof cacheSchema> = {};
  readonly #settledBefore: bigint;

  constructor(store: Store) {
    this.#file = join(store.folder, 'stamps.json');
    const read = cacheSchema.safeParse(readJson(this.#file));
    this.#before = read.success ? read.data : {};
    this.#settledBefore = BigInt(Date.now()) * 1_000_000n - COARSEST_CLOCK_NS;
  }

  /** The content's id; null when the file has to be read. */
  get(path: string, stamp: Stamp): string | null {
    const known = Object.hasOwn(this.#before, path) ? this.#before[path] : undefined;
    if (known?.[0] !== toKey(stamp)) return null;
    this.#now[path] = known;
    return known[1];
  }

  put(path: string, stamp: Stamp, id: string): void {
    const settled =
      BigInt(stamp.mtimeNs) < this.#settledBefore && BigInt(stamp.ctimeNs) < this.#settledBefore;
    if (settled) this.#now[path] = [toKey(stamp), id];
  }

  save(): void {
    writeWhole(this.#file, JSON.stringify(this.#now));
  }
}

function toKey(stamp: Stamp): string {
  return `${stamp.size}.${stamp.mtimeNs}.${stamp.ctimeNs}.${stamp.inode}`;
}
