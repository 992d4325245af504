/**
 * Brings back what a repository itself lost: deleted or moved branches, stashes, logs, the index, or all of `.git`.
 * Git writes the refs, with its own locks, through a view that has our configuration in place of the repository's.
 */

import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringObjects } from './bring-objects.ts';
import { objectTypes } from './contents.ts';
import { runGit } from './git-command.ts';
import { replaceLocked } from './git-lock.ts';
import { readRefs } from './read-refs.ts';
import type { RepositoryRestore } from './repository-restore.ts';
import { rootOf } from './repository.ts';
import type { Repository } from './repository.ts';
import { restoreFiles } from './restore-files.ts';
import type { Restored } from './restore-files.ts';
import { loggedIds, restoreLogs } from './restore-logs.ts';
import { refOf } from './save-point.ts';
import type { Area, FullSavePoint, SavedRepository } from './save-point.ts';
import { SavePointError } from './savepoint-error.ts';

/** A name that pointed elsewhere, or nowhere any more. */
export interface RefChange {
  readonly name: string;
  /** Null when the name is gone. */
  readonly now: string | null;
  readonly saved: string;
}

/** What restoring the refs would change; `HEAD` comes last. */
export function planRefs(repository: Repository, saved: SavedRepository): readonly RefChange[] {
  const now = readRefs(repository);
  const changes = Object.entries(saved.refs)
    .filter(([name, id]) => now.refs[name] !== id)
    .map(([name, id]): RefChange => ({ name, now: now.refs[name] ?? null, saved: id }));
  if (saved.head === null || saved.head === now.head) return changes;
  return [...changes, { name: 'HEAD', now: now.head, saved: saved.head }];
}

/** Whether `.git` itself is gone. */
export function isLost(repository: Repository): boolean {
  return !existsSync(join(repository.gitFolder, 'HEAD'));
}

/**
 * Restores refs, stashes and logs, with every object they need.
 * @returns the names that were changed
 */
export async function restoreRefs(work: RepositoryRestore): Promise<readonly RefChange[]> {
  const { saved, repository } = work;
  const description = described(saved);
  refuseElsewhere(repository, description);
  const changes = planRefs(repository, description);
  if (isLost(repository)) {
    await recreate(work);
    return changes;
  }
  await bringObjects(work, [...Object.values(description.refs), ...(await loggedIds(work))]);
  await writeRefs(
    work,
    changes.filter(({ name }) => name !== 'HEAD'),
  );
  await restoreLogs(work);
  const head = changes.find(({ name }) => name === 'HEAD');
  if (head !== undefined)
    replaceLocked(join(repository.gitFolder, 'HEAD'), Buffer.from(`${head.saved}\n`));
  return changes;
}

/** Restores the index as the bytes it was, with what was staged in it. */
export async function restoreIndex(work: RepositoryRestore): Promise<void> {
  const { repository, saved } = work;
  refuseElsewhere(repository, described(saved));
  const parts = saved.entries.filter(
    ({ area, path }) => area === 'git' && (path === 'index' || path.startsWith('sharedindex.')),
  );
  const index = parts.find(({ path }) => path === 'index');
  if (index === undefined) throw new SavePointError('there was no index when this was saved');
  if (isLost(repository)) throw new SavePointError('the repository is gone', 'add --refs');
  await bringObjects(work, [`${refOf(saved.point)}:index`]);
  const contents = await work.contents.read(parts.flatMap(({ id }) => id ?? []));
  for (const part of parts.filter((one) => one !== index)) {
    const target = join(repository.gitFolder, part.path);
    const bytes = contents.get(part.id ?? '');
    if (bytes !== undefined && !existsSync(target)) writeFileSync(target, bytes, { flag: 'wx' });
  }
  const bytes = contents.get(index.id ?? '');
  if (bytes === undefined) throw new SavePointError('the saved index is not kept any more');
  replaceLocked(join(repository.gitFolder, 'index'), bytes);
}

function described({ point }: FullSavePoint): SavedRepository {
  if (point.repository !== null) return point.repository;
  throw new SavePointError(`${point.id} was made outside of git, so it has no refs and no index`);
}

/** `.git` may have become a pointer to another repository, which is none of our business. */
function refuseElsewhere(repository: Repository, saved: SavedRepository): void {
  const same =
    repository.gitFolder === saved.gitFolder &&
    repository.commonFolder === saved.commonFolder &&
    repository.objectFormat === saved.objectFormat;
  const parts = ['', '/refs', '/refs/heads', '/logs', '/logs/refs', '/objects', '/objects/pack'];
  const linked = (path: string): boolean =>
    lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const folders = new Set([saved.gitFolder, saved.commonFolder]);
  if (same && ![...folders].some((one) => parts.some((part) => linked(one + part)))) return;
  throw new SavePointError(
    '`.git` leads to another repository than when this was saved',
    'look at it, move it away and run the same again',
  );
}

/** Everything but the objects is in the save point as files. */
async function recreate(work: RepositoryRestore): Promise<void> {
  const { repository, contents, saved } = work;
  // Objects first: no ref is to name what is not there yet.
  await bringObjects(work, [
    ...Object.values(described(saved).refs),
    ...(await loggedIds(work)),
    `${refOf(saved.point)}:index`,
  ]);
  mkdirSync(join(repository.objectFolder, 'info'), { recursive: true });
  const areas: readonly Area[] = ['common', 'git'];
  for (const area of areas) {
    const root = rootOf(repository, area);
    const entries = saved.entries.filter((entry) => entry.area === area);
    if (entries.length === 0) continue;
    mkdirSync(root, { recursive: true });
    const differences = entries.map((one) => ({ kind: 'missing', saved: one }) as const);
    const isKept = (): boolean => true;
    refuseHalf(await restoreFiles({ root, contents, differences, exact: false, isKept }));
  }
}

function refuseHalf({ refused }: Restored): void {
  if (refused.length === 0) return;
  throw new SavePointError(`${refused.length} files of the repository could not be written`);
}

async function writeRefs(work: RepositoryRestore, changes: readonly RefChange[]): Promise<void> {
  const { store, repository } = work;
  const types = await objectTypes(
    store.gitFolder,
    changes.map(({ saved }) => saved),
  );
  const possible = changes.filter(({ saved }) => types.has(saved));
  if (possible.length === 0) return;
  const view = makeView(work);
  const lines = possible.map(({ name, saved }) => `update ${name}\0${saved}\0\0`).join('');
  const args = ['update-ref', '-z', '-m', 'agentguard: restored', '--stdin'];
  const input = [Buffer.from(lines, 'utf8')];
  await runGit(args, { gitFolder: view, objectFolder: repository.objectFolder, input });
}

/** The repository's refs and logs, with a configuration of ours, which names no hooks. */
function makeView({ store, repository }: RepositoryRestore): string {
  const view = join(store.scratch, 'view');
  rmSync(view, { recursive: true, force: true });
  mkdirSync(view);
  const { commonFolder, objectFormat } = repository;
  mkdirSync(join(commonFolder, 'logs'), { recursive: true });
  for (const name of ['refs', 'logs', 'packed-refs']) {
    if (existsSync(join(commonFolder, name)))
      symlinkSync(join(commonFolder, name), join(view, name));
  }
  writeFileSync(join(view, 'HEAD'), 'ref: refs/heads/agentguard-view\n');
  const format = `[extensions]\n\tobjectFormat = ${objectFormat}\n`;
  writeFileSync(
    join(view, 'config'),
    `[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n\tlogAllRefUpdates = true\n${format}` +
      '[user]\n\tname = agentguard\n\temail = agentguard@localhost\n',
  );
  return view;
}
