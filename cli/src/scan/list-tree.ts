/** Which files of a folder are scanned: what git keeps or would keep, and beside it what is made to hold secrets. */

import { lstatSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { isFileOfCredentials } from '@agentguard/rules';
import type { SkipReason } from './finding.ts';
import { openGit, splitZero, toShownPath } from './git.ts';
import type { Git } from './git.ts';

/** A file to look at. Paths are raw bytes, as Latin-1, below the folder. */
export interface ListedFile {
  readonly raw: string;
  /** Git ignores it: found in it is said and does not count. */
  readonly local: boolean;
}

/** Everything below a folder. */
export interface Listing {
  readonly files: readonly ListedFile[];
  readonly skipped: readonly { readonly raw: string; readonly why: SkipReason }[];
  readonly unread: readonly { readonly raw: string; readonly why: string }[];
  readonly inRepository: boolean;
}

/** Repositories in repositories in repositories. */
const MAX_DEPTH = 8;

/** Lists a folder. */
export function listTree(folder: string): Listing {
  const git = repositoryOf(folder);
  return git === null ? walk(folder) : listRepository(git, 0);
}

/** Null outside of every repository, and where there is no git to ask. */
function repositoryOf(folder: string): Git | null {
  let git: Git;
  try {
    git = openGit(folder);
  } catch {
    // Without git every file is looked at, which is more and not less.
    return null;
  }
  const inside = git.tryRead(['rev-parse', '--is-inside-work-tree']);
  return inside?.toString('latin1').trim() === 'true' ? git : null;
}

function listRepository(git: Git, depth: number): Listing {
  const list = (...args: readonly string[]): readonly string[] =>
    splitZero(git.read(['ls-files', '-z', ...args, '--']));
  const staged = list('--stage').map((line) => line.slice(line.indexOf('\t') + 1));
  const others = list('--others', '--exclude-standard');
  const ignored = list('--others', '--ignored', '--exclude-standard', '--directory');
  const kept = [...new Set([...staged, ...others])];
  const local = ignored.filter(
    (raw) => !raw.endsWith('/') && isFileOfCredentials(toShownPath(raw)),
  );
  const left = ignored.filter((raw) => !local.includes(raw));
  const nested = kept.filter((raw) => isFolder(git.folder, raw));
  const inner = nested.map((raw) => listNested(git.folder, raw.replace(/\/$/, ''), depth));
  const own = new Set(nested);
  return {
    files: [
      ...kept.filter((raw) => !own.has(raw)).map((raw) => ({ raw, local: false })),
      ...local.map((raw) => ({ raw, local: true })),
      ...inner.flatMap(({ files }) => files),
    ],
    skipped: [
      ...left.map((raw) => ({ raw, why: 'ignored by git' as const })),
      ...inner.flatMap(({ skipped }) => skipped),
    ],
    unread: inner.flatMap(({ unread }) => unread),
    inRepository: true,
  };
}

/** Submodules, and repositories that lie in this one. */
function isFolder(folder: string, raw: string): boolean {
  if (raw.endsWith('/')) return true;
  return lstatSync(toBytes(folder, raw), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function listNested(folder: string, raw: string, depth: number): Listing {
  const place = join(folder, Buffer.from(raw, 'latin1').toString('utf8'));
  const git = depth < MAX_DEPTH ? repositoryOf(place) : null;
  const top = git?.tryRead(['rev-parse', '--show-prefix'])?.toString('utf8').trim();
  const listing = git === null || top !== '' ? walk(place) : listRepository(git, depth + 1);
  const below = <One extends { readonly raw: string }>(ones: readonly One[]): readonly One[] =>
    ones.map((one) => ({ ...one, raw: `${raw}/${one.raw}` }));
  return {
    ...listing,
    files: below(listing.files),
    skipped: below(listing.skipped),
    unread: below(listing.unread),
  };
}

/** A folder that git knows nothing of: everything in it, following no link. */
function walk(folder: string): Listing {
  const files: ListedFile[] = [];
  const unread: { raw: string; why: string }[] = [];
  const waiting = [''];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    let entries: Dirent<Buffer>[];
    try {
      entries = readdirSync(toBytes(folder, below), { withFileTypes: true, encoding: 'buffer' });
    } catch (error) {
      unread.push({ raw: below, why: codeOf(error) });
      continue;
    }
    for (const entry of entries) {
      const name = entry.name.toString('latin1');
      const raw = below === '' ? name : `${below}/${name}`;
      if (!entry.isDirectory()) files.push({ raw, local: false });
      else if (name !== '.git') waiting.push(raw);
    }
  }
  return { files, skipped: [], unread, inRepository: false };
}

/** A path with whatever bytes its names have. */
export function toBytes(folder: string, raw: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`, 'utf8'), Buffer.from(raw, 'latin1')]);
}

/** The operating system's name of a failure. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure';
}
