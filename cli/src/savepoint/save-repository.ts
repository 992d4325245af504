/**
 * Saves a workspace that is a git repository: files, index, refs, logs and history, into a repository of the guard's
 * own. Git itself runs only there, with the workspace as its files; in the guarded repository nothing runs.
 */

import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { objectTypes } from './contents.ts';
import { runGit } from './git-command.ts';
import { GITLINK, listFiles } from './list-files.ts';
import type { Listing } from './list-files.ts';
import { MissingContents } from './missing-contents.ts';
import { mirrorObjects } from './mirror-objects.ts';
import type { MirrorResult } from './mirror-objects.ts';
import type { RawPath } from './raw-path.ts';
import { readRefs } from './read-refs.ts';
import type { RefState } from './read-refs.ts';
import type { Repository } from './repository.ts';
import type { Area, Miss, SavedEntry } from './save-point.ts';
import type { SaveWork, Saved } from './save-work.ts';
import { scan } from './scan.ts';
import type { Scan } from './scan.ts';
import { StampCache } from './stamp-cache.ts';
import { walkFolder } from './walk-folder.ts';
import { keepObjects, writeHistory } from './write-history.ts';

/** Folders of `.git` that are kept in another way (objects), hold repositories of their own, or can be fetched again. */
const NOT_GIT_FILES = new Set(['objects', 'modules', 'lfs', 'annex', 'agentguard']);

/** Files of `.git` beside objects: refs, logs, hooks, configuration. */
const MAX_GIT_FILES = 50_000;

/** What stands in a repository's files now. */
export interface RepositorySurvey {
  readonly listing: Listing;
  readonly work: Scan;
}

/** Looks at the files without keeping any. The caller holds the store's lock. */
export async function surveyRepository(
  work: Pick<SaveWork, 'store' | 'limits' | 'startedAt'>,
  repository: Repository,
  index?: Buffer | null,
): Promise<RepositorySurvey> {
  const { store, limits, startedAt } = work;
  await ensureRepository(store.gitFolder, repository.objectFormat);
  const listing = await listWork(work, repository, index);
  const cache = new StampCache(store);
  const found = scan({
    area: 'work',
    root: repository.root,
    files: listing.files,
    folders: [...listing.emptyFolders, ...hollow(repository, listing)],
    format: repository.objectFormat,
    limits,
    until: startedAt.getTime() + limits.maxMs,
    cache,
  });
  cache.save();
  return { listing, work: { ...found, misses: [...toMisses(listing), ...found.misses] } };
}

/** Saves it. The caller holds the store's lock. */
export async function saveRepository(work: SaveWork, repository: Repository): Promise<Saved> {
  const { store, limits } = work;
  await ensureRepository(store.gitFolder, repository.objectFormat);
  // Refs, logs and index before objects: whatever they name was written before them.
  const held = new Map<string, Buffer>();
  const inside = scanGitFolders(repository, work, held);
  const refs = readRefs(repository);
  const mirror = await mirrorObjects({
    repository,
    store: store.gitFolder,
    scratch: store.scratch,
    maxCopyBytes: limits.maxHistoryCopyBytes,
  });
  const indexEntry = inside.entries.find(({ area, path }) => area === 'git' && path === 'index');
  const survey = await surveyRepository(work, repository, held.get(indexEntry?.id ?? '') ?? null);
  const { listing } = survey;
  const scans = [survey.work, inside];
  const written = await write({ work, repository, refs, listing, scans, held });
  return {
    entries: written.entries,
    misses: [...survey.work.misses, ...inside.misses, ...written.misses],
    cut: survey.work.cut || written.misses.length > 0,
    addedBytes: mirror.addedBytes + written.addedBytes,
    repository: describe(repository, refs, { mirror, lost: written.lost }),
  };
}

async function ensureRepository(gitFolder: string, format: string): Promise<void> {
  if (existsSync(join(gitFolder, 'HEAD'))) return;
  const args = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, gitFolder];
  await runGit(args, { gitFolder: null });
}

async function listWork(
  work: Pick<SaveWork, 'store'>,
  repository: Repository,
  index?: Buffer | null,
): Promise<Listing> {
  if (repository.bare) {
    return { files: [], emptyFolders: [], ignoredFolders: [], nested: [], index: [] };
  }
  const { gitFolder, scratch } = work.store;
  const excludesFile = await findExcludesFile();
  const places = { store: gitFolder, scratch, excludesFile };
  return listFiles(repository, index === undefined ? places : { ...places, index });
}

/** gitignore(5): what this person ignores everywhere. Only this one value is taken from their configuration. */
async function findExcludesFile(): Promise<string | null> {
  const own = [join(homedir(), '.gitconfig'), join(homedir(), '.config', 'git', 'config')];
  for (const file of own.filter((path) => existsSync(path))) {
    const args = ['config', '--file', file, '--type=path', '--get', 'core.excludesFile'];
    const said = await runGit(args, { gitFolder: null }).catch(() => Buffer.alloc(0));
    const path = said.toString('utf8').trim();
    if (path !== '' && statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  }
  return null;
}

/** Folders inside an empty-looking one: git names only the topmost. */
function hollow(repository: Repository, listing: Listing): readonly RawPath[] {
  return listing.emptyFolders.flatMap((from) => {
    const leaveOut = (_path: string, name: string): 'quiet' | null =>
      name === '.git' ? 'quiet' : null;
    const options = { root: repository.root, from, maxFiles: 0, leaveOut };
    return walkFolder(options).emptyFolders;
  });
}

function scanGitFolders(repository: Repository, work: SaveWork, hold: Map<string, Buffer>): Scan {
  const { gitFolder, commonFolder, objectFormat } = repository;
  const one = (area: Area, root: string): Scan => {
    const leaveOut = (path: string): 'quiet' | null =>
      NOT_GIT_FILES.has(path) || path.startsWith('worktrees') ? 'quiet' : null;
    const walk = walkFolder({ root, maxFiles: MAX_GIT_FILES, leaveOut });
    const files = walk.files
      .filter((path) => !path.endsWith('.lock'))
      .map((path) => ({ path, ignored: false }));
    const { limits, startedAt } = work;
    const folders = walk.emptyFolders;
    const until = startedAt.getTime() + limits.maxMs;
    return scan({
      area,
      root,
      files,
      folders,
      format: objectFormat,
      limits,
      until,
      cache: null,
      hold,
    });
  };
  const scans = [
    ...(existsSync(gitFolder) ? [one('git', gitFolder)] : []),
    ...(commonFolder === gitFolder || !existsSync(commonFolder)
      ? []
      : [one('common', commonFolder)]),
  ];
  return {
    entries: scans.flatMap(({ entries }) => entries),
    misses: scans.flatMap(({ misses }) => misses),
    cut: scans.some(({ cut }) => cut),
  };
}

interface Written {
  readonly entries: readonly SavedEntry[];
  readonly misses: readonly Miss[];
  readonly addedBytes: number;
  /** Ids of refs and logs whose objects are not there. */
  readonly lost: number;
}

async function write(parts: {
  readonly work: SaveWork;
  readonly repository: Repository;
  readonly refs: RefState;
  readonly listing: Listing;
  readonly scans: readonly Scan[];
  readonly held: ReadonlyMap<string, Buffer>;
}): Promise<Written> {
  const { work, repository, refs, listing } = parts;
  const store = work.store.gitFolder;
  const entries = parts.scans.flatMap((one) => [...one.entries]);
  const tips = [...new Set([...Object.values(refs.refs), ...refs.logged, ...detached(refs.head)])];
  const ids = [
    ...tips,
    ...listing.index.map(({ id }) => id),
    ...entries.flatMap(({ id }) => id ?? []),
  ];
  const types = await objectTypes(store, ids);
  const contents = new MissingContents(repository, {
    types,
    limits: work.limits,
    held: parts.held,
  });
  const present = tips.filter((id) => types.has(id));
  const others = present.filter((id) => types.get(id) !== 'commit');
  await keepObjects(store, others);
  await writeHistory({
    store,
    point: work.point,
    // Filled while git takes the contents, so that one of them at a time is in memory.
    blobs: contents.read(entries),
    entries: contents.kept,
    index: listing.index.filter(({ id, mode }) => types.has(id) || mode === GITLINK),
    parents: present.filter((id) => types.get(id) === 'commit'),
  });
  const { kept, misses, addedBytes } = contents;
  return { entries: kept, misses, addedBytes, lost: tips.length - present.length };
}

function detached(head: string | null): readonly string[] {
  return head !== null && /^[0-9a-f]{40,64}$/.test(head) ? [head] : [];
}

function toMisses(listing: Listing): readonly Miss[] {
  return [
    ...listing.nested.map((path): Miss => ({
      path,
      reason: 'a repository of its own',
      size: null,
    })),
    ...listing.ignoredFolders.map((path): Miss => ({
      path,
      reason: 'an ignored folder',
      size: null,
    })),
  ];
}

function describe(
  repository: Repository,
  refs: RefState,
  { mirror, lost }: { readonly mirror: MirrorResult; readonly lost: number },
): Saved['repository'] {
  const problems = [
    ...(refs.problem === null ? [] : [refs.problem]),
    ...(lost === 0 ? [] : [`${lost} ids of refs and logs have no object`]),
    ...(mirror.refused === 0 ? [] : [`${mirror.refused} object files were refused or unreadable`]),
  ];
  return {
    bare: repository.bare,
    gitFolder: repository.gitFolder,
    commonFolder: repository.commonFolder,
    objectFormat: repository.objectFormat,
    head: refs.head,
    refs: refs.refs,
    history: mirror.kind,
    problem: problems.length === 0 ? null : problems.join('; '),
  };
}
