/** What `agentguard undo` does: compare a save point with what stands there now, and bring it back. */

import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { byPath, compare, entryOf } from './compare.ts';
import type { Difference } from './compare.ts';
import { FileContents, GitContents } from './contents.ts';
import type { Contents } from './contents.ts';
import { SAVE_LIMITS } from './limits.ts';
import { isWithin } from './raw-path.ts';
import type { RawPath } from './raw-path.ts';
import type { RepositoryRestore } from './repository-restore.ts';
import { restoreFiles } from './restore-files.ts';
import type { Restored } from './restore-files.ts';
import { isLost, planRefs, restoreIndex, restoreRefs } from './restore-repository.ts';
import type { RefChange } from './restore-repository.ts';
import type { FullSavePoint, SavePoint, SavedEntry } from './save-point.ts';
import { surveyRepository } from './save-repository.ts';
import { saveLocked, surveyFolder } from './save-workspace.ts';
import { SavePointError } from './savepoint-error.ts';
import { readEntries, withLock } from './store.ts';
import type { Store } from './store.ts';
import { workspaceOf } from './workspace.ts';

/** What stands in a workspace now. */
export interface Present {
  readonly entries: ReadonlyMap<string, SavedEntry>;
}

/** What a restore would do, or did. */
export interface UndoPlan {
  readonly differences: readonly Difference[];
  /** Null outside of git. */
  readonly refs: readonly RefChange[] | null;
  /** Whether `.git` itself is gone. */
  readonly repositoryLost: boolean;
}

export interface UndoOptions {
  readonly stateFolder: string;
  readonly session: string | null;
  /** Only these and what is below them; everything when empty. */
  readonly paths: readonly RawPath[];
  readonly exact: boolean;
  readonly refs: boolean;
  readonly index: boolean;
}

/** What was restored, and the save point that takes it back. */
export interface Undone {
  readonly before: SavePoint;
  readonly files: Restored;
  readonly refs: readonly RefChange[];
  readonly index: boolean;
}

/** Looks at the workspace as it stands. Saves nothing. */
export async function lookNow(store: Store): Promise<Present> {
  if (!existsSync(store.root)) return { entries: new Map() };
  return withLock(store, async () => {
    const { repository } = workspaceOf(store);
    const work = { store, limits: SAVE_LIMITS, startedAt: new Date() };
    const found =
      repository === null ? surveyFolder(work) : (await surveyRepository(work, repository)).work;
    return { entries: byPath(found.entries, 'work') };
  });
}

/** What has changed since the save point. */
export function planUndo(
  store: Store,
  saved: FullSavePoint,
  present: Present,
  paths: readonly RawPath[] = [],
): UndoPlan {
  const { repository } = workspaceOf(store);
  const differences = differencesOf(saved, present.entries, paths);
  if (repository === null || saved.point.repository === null) {
    return { differences, refs: null, repositoryLost: false };
  }
  const refs = planRefs(repository, saved.point.repository);
  return { differences, refs, repositoryLost: isLost(repository) };
}

/** Reads a save point with its files. */
export function readFull(store: Store, point: SavePoint): FullSavePoint {
  return { point, entries: readEntries(store, point.id) };
}

/**
 * Restores. Makes a save point of what stands there first, so that this can be undone too.
 * @throws SavePointError when nothing was changed; a file that could not be restored is named in the answer
 */
export async function undo(
  store: Store,
  saved: FullSavePoint,
  options: UndoOptions,
): Promise<Undone> {
  refuseCut(saved.point, options.exact);
  ensureRoot(store.root);
  return withLock(store, async () => {
    const workspace = workspaceOf(store);
    const before = await saveLocked(toRequest(store, saved.point, options), workspace);
    const present = byPath(readEntries(store, before.id), 'work');
    const contents = contentsOf(store, saved.point);
    const differences = differencesOf(saved, present, options.paths);
    const kept = keptPaths(present);
    const files = await restoreFiles({
      root: store.root,
      contents,
      differences: differences.filter((one) => one.kind !== 'new' || mayBeNew(saved.point, one)),
      exact: options.exact,
      isKept: (path) => kept.has(path),
    });
    const { repository } = workspace;
    if (repository === null) return { before, files, refs: [], index: false };
    const work: RepositoryRestore = { store, saved, repository, contents };
    const refs = options.refs ? await restoreRefs(work) : [];
    if (options.index) await restoreIndex(work);
    return { before, files, refs, index: options.index };
  });
}

/** What is not on a list that was cut may have been there: removing it would be a guess. */
function refuseCut(point: SavePoint, exact: boolean): void {
  if (!exact || !point.cut) return;
  throw new SavePointError(
    `${point.id} does not hold every file, so what is new since then cannot be told`,
    'run it without --exact, and remove by hand what is not wanted',
  );
}

/** The workspace may be gone. Where it stood must be no link to somewhere else. */
function ensureRoot(root: string): void {
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined)
    mkdirSync(root, { recursive: true });
  if (realpathSync(root) === root && lstatSync(root).isDirectory()) return;
  throw new SavePointError(`\`${root}\` is no folder any more, or leads elsewhere`, 'move it away');
}

function toRequest(
  store: Store,
  point: SavePoint,
  options: UndoOptions,
): Parameters<typeof saveLocked>[0] {
  return {
    folder: store.root,
    stateFolder: options.stateFolder,
    session: options.session,
    agent: 'agentguard',
    reason: 'before a restore',
    detail: `undo restore ${point.id}`,
  };
}

/** Where the contents of a save point are. */
export function contentsOf(store: Store, point: SavePoint): Contents {
  if (point.repository === null) return new FileContents(store.contents, store.scratch);
  return new GitContents(store.gitFolder, point.repository.objectFormat);
}

function differencesOf(
  saved: FullSavePoint,
  present: ReadonlyMap<string, SavedEntry>,
  paths: readonly RawPath[],
): readonly Difference[] {
  const all = compare(byPath(saved.entries, 'work'), present);
  if (paths.length === 0) return all;
  return all.filter((one) => {
    const { path, kind } = entryOf(one);
    // The folders above a path come along, in case they are gone.
    const above =
      kind === 'folder' && one.kind !== 'new' && paths.some((wanted) => isWithin(wanted, path));
    return above || paths.some((wanted) => isWithin(path, wanted));
  });
}

/** Files that were there then but were not saved are not new. */
function mayBeNew(point: SavePoint, one: Difference): boolean {
  const { path } = entryOf(one);
  return !point.misses.some((miss) => isWithin(path, miss.path) || isWithin(miss.path, path));
}

function keptPaths(present: ReadonlyMap<string, SavedEntry>): ReadonlySet<string> {
  return new Set(
    [...present.values()].flatMap(({ kind, path }) => (kind === 'folder' ? [] : [path])),
  );
}
