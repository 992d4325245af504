/** What saving a repository and saving a plain folder have in common: what they are given, and what they give. */

import type { SaveLimits } from './limits.ts';
import type { Miss, SavePoint, SavedEntry, SavedRepository } from './save-point.ts';
import type { Store } from './store.ts';

/** What both kinds of saving give. */
export interface Saved {
  readonly entries: readonly SavedEntry[];
  readonly misses: readonly Miss[];
  readonly cut: boolean;
  readonly addedBytes: number;
  readonly repository: SavedRepository | null;
}

/** What both kinds of saving are given. */
export interface SaveWork {
  readonly store: Store;
  readonly limits: SaveLimits;
  readonly startedAt: Date;
  readonly point: Pick<SavePoint, 'id' | 'session' | 'number' | 'reason' | 'startedAt'>;
}
