/**
 * Makes a save point of a workspace: everything that an agent could lose in it and that nothing else keeps.
 * INVARIANT: writes nothing into the workspace, its repository and its index included, and takes no lock there.
 */

import { mkdirSync } from 'node:fs';
import { FileContents } from './contents.ts';
import { MAX_NAMED_MISSES, MAX_SESSION_BYTES, SAVE_LIMITS } from './limits.ts';
import type { SaveLimits } from './limits.ts';
import { unsafeRawPath } from './raw-path.ts';
import { PinnedTree } from './pinned-tree.ts';
import { pruneStore } from './prune.ts';
import { readLink } from './read-file.ts';
import type { Miss, SavePoint, SaveReason, SavedEntry } from './save-point.ts';
import { saveRepository } from './save-repository.ts';
import type { SaveWork, Saved } from './save-work.ts';
import { SavePointError } from './savepoint-error.ts';
import { scan } from './scan.ts';
import type { Scan } from './scan.ts';
import { StampCache } from './stamp-cache.ts';
import { ensureStore, listPoints, newPointId, withLock, writePoint } from './store.ts';
import type { Store } from './store.ts';
import { walkFolder } from './walk-folder.ts';
import { findWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** What to save, and for whom. */
export interface SaveRequest {
  /** Any folder of the workspace. Inside a git repository the whole of it is saved. */
  readonly folder: string;
  /** The guard's state folder, as `resolvePaths().state` names it. */
  readonly stateFolder: string;
  /** The session's id; null outside of any session. */
  readonly session: string | null;
  readonly agent: string;
  readonly reason: SaveReason;
  /** The step that it is made before; no secret, no whole command line. */
  readonly detail?: string | null;
  readonly limits?: Partial<SaveLimits>;
}

/** Folders that tools make again from what is saved. Outside of git nothing else says so. */
const REBUILDABLE = new Set(['node_modules', '.venv', '__pycache__', '.tox', '.gradle', '.next']);

/**
 * Makes a save point and forgets those that are too old or too many.
 * Works synchronously for long stretches: a process with other duties runs it in a child (`saveInBackground`).
 * @throws SavePointError when nothing could be saved; a file that could not is named in `misses`
 */
export async function saveWorkspace(request: SaveRequest): Promise<SavePoint> {
  const workspace = findWorkspace(request.stateFolder, request.folder);
  ensureStore(request.stateFolder, workspace.store);
  return withLock(workspace.store, () => saveLocked(request, workspace));
}

/** As `saveWorkspace`, for whoever holds the store's lock already. */
export async function saveLocked(
  request: SaveRequest,
  { store, repository }: Workspace,
): Promise<SavePoint> {
  const startedAt = new Date();
  const earlier = listPoints(store).filter(({ session }) => session === request.session);
  refuseFlood(earlier);
  const point = {
    id: newPointId(),
    session: request.session,
    number: Math.max(0, ...earlier.map(({ number }) => number)) + 1,
    reason: request.reason,
    startedAt: startedAt.toISOString(),
  };
  const limits = { ...SAVE_LIMITS, ...request.limits };
  const work: SaveWork = { store, limits, startedAt, point };
  const saved = repository === null ? saveFolder(work) : await saveRepository(work, repository);
  const whole = describe(request, work, saved);
  writePoint(store, whole, saved.entries);
  await pruneStore(store, { now: Date.now(), collect: false });
  return whole;
}

/** A session could otherwise fill the disk one save point after the other. Its first one is never refused. */
function refuseFlood(earlier: readonly SavePoint[]): void {
  const added = earlier.slice(1).reduce((sum, { addedBytes }) => sum + addedBytes, 0);
  if (added <= MAX_SESSION_BYTES) return;
  throw new SavePointError(
    'the save points of this session have taken all the room that one session gets',
    'agentguard undo --prune',
  );
}

function describe(request: SaveRequest, work: SaveWork, saved: Saved): SavePoint {
  const files = saved.entries.filter(({ area, kind }) => area === 'work' && kind !== 'folder');
  return {
    version: 1,
    ...work.point,
    root: work.store.root,
    agent: request.agent,
    detail: request.detail ?? null,
    completedAt: new Date().toISOString(),
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    addedBytes: saved.addedBytes,
    misses: saved.misses.slice(0, MAX_NAMED_MISSES),
    moreMisses: Math.max(0, saved.misses.length - MAX_NAMED_MISSES),
    cut: saved.cut,
    repository: saved.repository,
  };
}

/** Outside of git: every file, by reflink where the file system can. */
function saveFolder(work: SaveWork): Saved {
  const found = surveyFolder(work);
  const kept = copyContents(work.store, found.entries, work.limits.maxNewBytes);
  return {
    entries: kept.entries,
    misses: [...found.misses, ...kept.misses],
    cut: found.cut || kept.misses.length > 0,
    addedBytes: kept.addedBytes,
    repository: null,
  };
}

/** Looks at a folder outside of git without keeping anything. The caller holds the store's lock. */
export function surveyFolder(work: Pick<SaveWork, 'store' | 'limits' | 'startedAt'>): Scan {
  const { store, limits, startedAt } = work;
  const walk = walkFolder({
    root: store.root,
    maxFiles: limits.maxFiles,
    leaveOut: (_path, name) => (REBUILDABLE.has(name) ? 'a rebuildable folder' : null),
  });
  const cache = new StampCache(store);
  const found = scan({
    area: 'work',
    root: store.root,
    files: walk.files.map((path) => ({ path, ignored: false })),
    folders: walk.emptyFolders,
    format: 'sha256',
    limits,
    until: startedAt.getTime() + limits.maxMs,
    cache,
  });
  cache.save();
  const misses = [...walk.misses, ...found.misses];
  return { entries: found.entries, misses, cut: walk.cut || found.cut };
}

interface Kept {
  readonly entries: SavedEntry[];
  readonly misses: Miss[];
  addedBytes: number;
}

function copyContents(store: Store, entries: readonly SavedEntry[], maxBytes: number): Kept {
  mkdirSync(store.contents, { recursive: true, mode: 0o700 });
  const contents = new FileContents(store.contents, store.scratch);
  const kept: Kept = { entries: [], misses: [], addedBytes: 0 };
  const tree = new PinnedTree(store.root);
  try {
    for (const entry of entries) {
      const reason =
        entry.id === null ? null : copyContent(contents, tree, { entry, kept, maxBytes });
      if (reason === null) kept.entries.push(entry);
      else kept.misses.push({ path: entry.path, reason, size: entry.size });
    }
  } finally {
    tree.close();
  }
  return kept;
}

function copyContent(
  contents: FileContents,
  tree: PinnedTree,
  what: { readonly entry: SavedEntry; readonly kept: Kept; readonly maxBytes: number },
): Miss['reason'] | null {
  const { entry, kept, maxBytes } = what;
  if (entry.id === null || contents.holds(entry.id)) return null;
  if (kept.addedBytes + entry.size > maxBytes) return 'over the budget';
  const place = tree.at(unsafeRawPath(entry.path));
  if (place === null) return 'changing while it was read';
  try {
    if (entry.kind === 'link') {
      const target = readLink(place);
      if (!target.ok || !contents.putBytes(entry.id, target.bytes))
        return 'changing while it was read';
    } else if (!contents.put(entry.id, place)) return 'changing while it was read';
  } catch {
    return 'unreadable';
  }
  kept.addedBytes += entry.size;
  return null;
}
