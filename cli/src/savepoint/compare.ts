/** What is different between a save point and what stands there now, file by file. */

import type { Area, SavedEntry } from './save-point.ts';

/** One difference, seen from the save point. */
export type Difference =
  | { readonly kind: 'missing'; readonly saved: SavedEntry }
  | { readonly kind: 'changed'; readonly saved: SavedEntry; readonly now: SavedEntry }
  | { readonly kind: 'mode'; readonly saved: SavedEntry; readonly now: SavedEntry }
  /** Is there now and was not then. */
  | { readonly kind: 'new'; readonly now: SavedEntry };

/** How many of each. */
export interface Counts {
  readonly missing: number;
  readonly changed: number;
  readonly mode: number;
  readonly new: number;
}

/** The entries of an area by their path. */
export function byPath(
  entries: readonly SavedEntry[],
  area: Area,
): ReadonlyMap<string, SavedEntry> {
  return new Map(entries.filter((one) => one.area === area).map((one) => [one.path, one]));
}

/** Compares two lists of one area, in the order of their paths. */
export function compare(
  saved: ReadonlyMap<string, SavedEntry>,
  now: ReadonlyMap<string, SavedEntry>,
): readonly Difference[] {
  const paths = [...new Set([...saved.keys(), ...now.keys()])].sort();
  return paths.flatMap((path) => compareOne(saved.get(path), now.get(path)));
}

function compareOne(saved: SavedEntry | undefined, now: SavedEntry | undefined): Difference[] {
  if (saved === undefined) return now === undefined ? [] : [{ kind: 'new', now }];
  if (now === undefined) return [{ kind: 'missing', saved }];
  if (saved.kind !== now.kind || saved.id !== now.id) return [{ kind: 'changed', saved, now }];
  // A link has no permissions of its own.
  if (saved.kind !== 'link' && saved.mode !== now.mode) return [{ kind: 'mode', saved, now }];
  return [];
}

/** Counts files and links; folders come and go with them. */
export function count(differences: readonly Difference[]): Counts {
  const files = differences.filter((one) => entryOf(one).kind !== 'folder');
  const of = (kind: Difference['kind']): number => files.filter((one) => one.kind === kind).length;
  return { missing: of('missing'), changed: of('changed'), mode: of('mode'), new: of('new') };
}

/** The entry that names the difference. */
export function entryOf(difference: Difference): SavedEntry {
  return difference.kind === 'new' ? difference.now : difference.saved;
}
