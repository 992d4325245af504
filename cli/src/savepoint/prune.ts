/** Forgets save points that are too old or too many, and then what only they held. */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runGit } from './git-command.ts';
import { KEEP_MS, KEEP_PER_SESSION, KEEP_SESSIONS } from './limits.ts';
import { refOf } from './save-point.ts';
import type { SavePoint } from './save-point.ts';
import { forgetPoint, listPoints, readEntries } from './store.ts';
import type { Store } from './store.ts';

export interface PruneOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Ids that go whatever their age. */
  readonly ids?: readonly string[];
  /** Whether disk space is given back now; it takes a while in a large history. */
  readonly collect: boolean;
}

/** However many sessions there are, what was lost today can be brought back today. */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Which ones go:
 * 1. whatever is older than the time it is kept for;
 * 2. whatever belongs to a session that is not among the last ones, unless it is of the last day;
 * 3. within a session, the oldest ones beyond the number that is kept, but never its first: it is the state before
 *    anything happened, and nothing that a session does can push it out.
 */
export function selectExpired(points: readonly SavePoint[], now: number): readonly SavePoint[] {
  const sessions = new Map<string | null, SavePoint[]>();
  for (const point of points) {
    const group = sessions.get(point.session) ?? [];
    group.push(point);
    sessions.set(point.session, group);
  }
  // By the start of their first save point: making more of them does not make a session a newer one.
  const groups = [...sessions.values()].sort((left, right) => firstStart(left) - firstStart(right));
  const late = groups
    .slice(0, Math.max(0, groups.length - KEEP_SESSIONS))
    .flat()
    .filter(({ completedAt }) => now - Date.parse(completedAt) > DAY_MS);
  const many = groups.flatMap((group) =>
    group.slice(1, Math.max(1, group.length - KEEP_PER_SESSION)),
  );
  const old = points.filter(({ completedAt }) => now - Date.parse(completedAt) > KEEP_MS);
  return [...new Set([...late, ...many, ...old])];
}

function firstStart(group: readonly SavePoint[]): number {
  return Date.parse(group[0]?.startedAt ?? '');
}

/** Forgets what has expired. The caller holds the store's lock. */
export async function pruneStore(
  store: Store,
  options: PruneOptions,
): Promise<readonly SavePoint[]> {
  const points = listPoints(store);
  const named = points.filter(({ id }) => options.ids?.includes(id) === true);
  const expired = [...new Set([...selectExpired(points, options.now), ...named])];
  for (const { id } of expired) forgetPoint(store, id);
  await removeRefs(store, expired);
  if (options.collect) await collect(store);
  return expired;
}

async function removeRefs(store: Store, points: readonly SavePoint[]): Promise<void> {
  if (points.length === 0 || !existsSync(store.gitFolder)) return;
  const lines = points.map((point) => `delete ${refOf(point)}\n`).join('');
  const input = [Buffer.from(lines)];
  await runGit(['update-ref', '--stdin'], { gitFolder: store.gitFolder, input });
}

/** Removes what no save point holds any more. */
async function collect(store: Store): Promise<void> {
  if (listPoints(store).length === 0) {
    const all = ['repository.git', 'contents', 'points', 'stamps.json', 'workspace.json'];
    for (const name of all) rmSync(join(store.folder, name), { recursive: true, force: true });
    return;
  }
  if (existsSync(store.gitFolder)) await collectObjects(store);
  if (existsSync(store.contents)) collectContents(store);
}

async function collectObjects(store: Store): Promise<void> {
  const { gitFolder } = store;
  await removeUnusedKeeps(store);
  rmSync(join(gitFolder, 'shallow'), { force: true });
  try {
    await runGit(['repack', '-a', '-d', '-q', '--no-write-bitmap-index'], { gitFolder });
    await runGit(['prune', '--expire=now'], { gitFolder });
  } catch {
    // A history that is not whole (shallow, partial, borrowed) cannot be told from garbage: everything stays.
  }
}

/** `refs/keep/ID` holds what no commit can: tags, and refs to files or folders. */
async function removeUnusedKeeps(store: Store): Promise<void> {
  const used = new Set(
    listPoints(store).flatMap(({ repository }) => Object.values(repository?.refs ?? {})),
  );
  const args = ['for-each-ref', '--format=%(refname)', 'refs/keep/'];
  const names = (await runGit(args, { gitFolder: store.gitFolder })).toString('latin1').split('\n');
  const unused = names.filter((name) => name !== '' && !used.has(name.slice('refs/keep/'.length)));
  const input = [Buffer.from(unused.map((name) => `delete ${name}\n`).join(''))];
  if (unused.length > 0)
    await runGit(['update-ref', '--stdin'], { gitFolder: store.gitFolder, input });
}

function collectContents(store: Store): void {
  const used = new Set(
    listPoints(store).flatMap(({ id }) => readEntries(store, id).map((entry) => entry.id)),
  );
  for (const fan of readdirSync(store.contents)) {
    for (const name of readdirSync(join(store.contents, fan))) {
      if (!used.has(fan + name)) rmSync(join(store.contents, fan, name), { force: true });
    }
  }
}
