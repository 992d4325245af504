/**
 * Brings back what a repository itself lost: deleted or moved branches, stashes, logs, the index, or all of `.git`.
 * Git writes the refs, with its own locks, through a view that has our configuration in place of the repository's.
 */

import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { objectTypes } from './contents.ts';
import type { Contents } from './contents.ts';
import { runGit } from './git-command.ts';
import { PinnedTree } from './pinned-tree.ts';
import { unsafeRawPath } from './raw-path.ts';
import { readRefs } from './read-refs.ts';
import type { Repository } from './repository.ts';
import { restoreFiles } from './restore-files.ts';
import type { Restored } from './restore-files.ts';
import { refOf } from './save-point.ts';
import type { Area, FullSavePoint, SavedEntry, SavedRepository } from './save-point.ts';
import { rootOf } from './save-repository.ts';
import { SavePointError } from './savepoint-error.ts';
import type { Store } from './store.ts';

/** A name that pointed elsewhere, or nowhere any more. */
export interface RefChange {
  readonly name: string;
  /** Null when the name is gone. */
  readonly now: string | null;
  readonly saved: string;
}

/** What is restored from where. */
export interface RepositoryRestore {
  readonly store: Store;
  readonly saved: FullSavePoint;
  readonly repository: Repository;
  readonly contents: Contents;
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

/** Ids in the logs that were saved: commits that no ref names any more. */
async function loggedIds(work: RepositoryRestore): Promise<readonly string[]> {
  const logs = await readLogs(work);
  const ids = logs.flatMap(({ bytes }) =>
    [...bytes.toString('latin1').matchAll(/^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) /gm)].flatMap(
      ([, before = '', after = '']) => [before, after],
    ),
  );
  return [...new Set(ids)].filter((id) => !/^0+$/.test(id));
}

interface SavedLog {
  readonly entry: SavedEntry;
  /** `refs/heads/main`, `HEAD`. */
  readonly name: string;
  readonly bytes: Buffer;
}

async function readLogs({ saved, contents }: RepositoryRestore): Promise<readonly SavedLog[]> {
  const entries = saved.entries.filter(
    ({ area, kind, path }) => area !== 'work' && kind === 'file' && path.startsWith('logs/'),
  );
  const found = await contents.read(entries.flatMap(({ id }) => id ?? []));
  return entries.flatMap((entry) => {
    const bytes = found.get(entry.id ?? '');
    return bytes === undefined ? [] : [{ entry, name: entry.path.slice('logs/'.length), bytes }];
  });
}

/** Packs what the repository lacks, out of the store and straight into the repository's objects. */
async function bringObjects(work: RepositoryRestore, names: readonly string[]): Promise<void> {
  const { store, repository } = work;
  const wanted = await presentNames(store.gitFolder, names);
  if (wanted.length === 0) return;
  mkdirSync(join(repository.objectFolder, 'pack'), { recursive: true });
  await setShallow(work);
  const less = await wholeTips(work);
  const lines = [...wanted, ...(less.length === 0 ? [] : ['--not', ...less])];
  const args = [
    'pack-objects',
    '--revs',
    '--quiet',
    '--non-empty',
    '--delta-base-offset',
    '--missing=allow-any',
  ];
  await runGit([...args, join(repository.objectFolder, 'pack', 'pack')], {
    gitFolder: store.gitFolder,
    objectFolder: repository.objectFolder,
    alternates: [join(store.gitFolder, 'objects')],
    input: [Buffer.from(lines.map((line) => `${line}\n`).join(''))],
  });
}

/** gitformat of `shallow`: where a history was cut on purpose. Without it git takes the cut for damage. */
async function setShallow({ store, saved, contents }: RepositoryRestore): Promise<void> {
  const file = join(store.gitFolder, 'shallow');
  rmSync(file, { force: true });
  const entry = saved.entries.find(({ area, path }) => area !== 'work' && path === 'shallow');
  const bytes = entry?.id == null ? undefined : (await contents.read([entry.id])).get(entry.id);
  if (bytes !== undefined) writeFileSync(file, bytes, { mode: 0o600 });
}

/** What the repository has whole, down to the last file. Nothing when anything is missing from it. */
async function wholeTips({ store, repository }: RepositoryRestore): Promise<readonly string[]> {
  const tips = [...new Set(Object.values(readRefs(repository).refs))];
  if (tips.length === 0) return [];
  const input = [Buffer.from(tips.map((tip) => `${tip}\n`).join(''))];
  const options = { gitFolder: store.gitFolder, objectFolder: repository.objectFolder, input };
  const args = ['rev-list', '--objects', '--quiet', '--stdin'];
  return runGit(args, options).then(
    () => tips,
    () => [],
  );
}

async function presentNames(
  gitFolder: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const ids = names.filter((name) => !name.includes(':'));
  const types = await objectTypes(gitFolder, ids);
  const trees: string[] = [];
  for (const name of names.filter((one) => one.includes(':'))) {
    const id = await runGit(['rev-parse', '--verify', '--quiet', name], { gitFolder }).catch(() =>
      Buffer.alloc(0),
    );
    if (id.length > 0) trees.push(id.toString('latin1').trim());
  }
  return [...new Set([...ids.filter((id) => types.has(id)), ...trees])];
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

/** Puts lost lines back before the ones that are there now. The list of stashes is such a log. */
async function restoreLogs(work: RepositoryRestore): Promise<void> {
  const { repository } = work;
  for (const log of await readLogs(work)) {
    const root = rootOf(repository, log.entry.area);
    const tree = new PinnedTree(root);
    try {
      const path = unsafeRawPath(log.entry.path);
      tree.makeParents(path, 0o755);
      const place = tree.at(path);
      const lock = `${root}/${log.name}.lock`;
      if (place !== null && existsSync(dirname(lock))) mergeLog(place, lock, log);
    } finally {
      tree.close();
    }
  }
}

/** git-reflog expire takes the lock of the ref as well. */
function mergeLog(place: Buffer, lock: string, log: SavedLog): void {
  const saved = toLines(log.bytes);
  const found = lstatSync(place, { throwIfNoEntry: false });
  const now = found?.isFile() === true ? toLines(readFileSync(place)) : [];
  // A dropped stash changes the line after it, so there the commit tells the entries apart.
  const key =
    log.name === 'refs/stash' ? (line: string) => line.slice(41, 81) : (line: string) => line;
  const known = new Set(saved.map(key));
  const merged = [...saved, ...now.filter((line) => !known.has(key(line)))];
  if (merged.length === now.length && merged.every((line, at) => line === now[at])) return;
  const text = Buffer.from(merged.map((line) => `${line}\n`).join(''), 'latin1');
  holding(lock, () => {
    const beside = Buffer.concat([place, Buffer.from('.agentguard')]);
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { flag: 'wx', mode: 0o644 });
    renameSync(beside, place);
  });
}

function toLines(bytes: Buffer): string[] {
  return bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
}

/** gitrepository-layout(5): `NAME.lock` is made first, then filled and moved to its place. */
function replaceLocked(path: string, bytes: Buffer): void {
  const descriptor = takeLock(`${path}.lock`);
  try {
    writeFileSync(descriptor, bytes);
  } catch (error) {
    rmSync(`${path}.lock`, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${path}.lock`, path);
}

function holding(lock: string, work: () => void): void {
  closeSync(takeLock(lock));
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): number {
  try {
    return openSync(lock, 'wx', 0o644);
  } catch (error) {
    throw new SavePointError(
      `\`${lock}\` is in the way: another git is at work, or one was interrupted`,
      'end it, or remove the file, and run the same again',
      error,
    );
  }
}
