/**
 * Every name that a repository gives to a commit, and every commit that its logs remember: read from its files as they
 * stand, so that nothing of the repository's own configuration or hooks has a say.
 */

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository } from './repository.ts';

/** What a repository points at. */
export interface RefState {
  /** `ref: refs/heads/main`, or an object id; null when unreadable. */
  readonly head: string | null;
  /** Name to object id. Symbolic refs are left out; they name one of the others. */
  readonly refs: Readonly<Record<string, string>>;
  /** Ids that logs hold (stash, moved and deleted branches) and that no ref does. */
  readonly logged: readonly string[];
  /** Why the list may be short of something; null when it is whole. */
  readonly problem: string | null;
}

const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const ZERO = /^0+$/;

/** A ref file holds one id; a log may be long, and packed refs too. */
const MAX_REF_BYTES = 4096;
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/** Deeper nesting of names is no repository's habit. */
const MAX_DEPTH = 20;

/** Other refs of one working tree, beside HEAD: what a merge, rebase or bisect in progress stands on. */
const PSEUDO = [
  'ORIG_HEAD',
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'FETCH_HEAD',
] as const;

/** Reads everything. A ref that moves meanwhile is read as it was or as it is. */
export function readRefs(repository: Repository): RefState {
  const { gitFolder, commonFolder } = repository;
  const folders = [...new Set([commonFolder, gitFolder])];
  // Loose ones first: git packs a ref before it removes its file, so one of the two is seen.
  const loose = folders.flatMap((folder) => [...readLoose(join(folder, 'refs'), 'refs', 0)]);
  const refs = { ...readPacked(join(commonFolder, 'packed-refs')), ...Object.fromEntries(loose) };
  const logged = new Set(folders.flatMap((folder) => [...readLogs(join(folder, 'logs'), 0)]));
  for (const id of pseudoIds(gitFolder)) logged.add(id);
  for (const id of Object.values(refs)) logged.delete(id);
  return {
    head: readText(join(gitFolder, 'HEAD'), MAX_REF_BYTES)?.trim() ?? null,
    refs,
    logged: [...logged],
    problem: hasReftable(commonFolder) ? 'refs are kept in a reftable, which is not read' : null,
  };
}

function hasReftable(commonFolder: string): boolean {
  return lstatSync(join(commonFolder, 'reftable'), { throwIfNoEntry: false }) !== undefined;
}

function* readLoose(folder: string, name: string, depth: number): Generator<[string, string]> {
  for (const entry of list(folder, depth)) {
    const below = `${name}/${entry.name}`;
    if (entry.isDirectory()) yield* readLoose(join(folder, entry.name), below, depth + 1);
    if (!entry.isFile() || entry.name.endsWith('.lock')) continue;
    const id = readText(join(folder, entry.name), MAX_REF_BYTES)?.trim() ?? '';
    if (OBJECT_ID.test(id)) yield [below, id];
  }
}

/** git-pack-refs(1): `ID NAME` a line, comments and peeled tags (`^ID`) between them. */
function readPacked(file: string): Record<string, string> {
  const lines = (readText(file, MAX_LOG_BYTES) ?? '').split('\n');
  const pairs = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf(' ');
    const id = line.slice(0, at);
    return OBJECT_ID.test(id) ? [[line.slice(at + 1), id]] : [];
  });
  return Object.fromEntries(pairs);
}

/** gitformat of reflogs: `OLD NEW who when<TAB>why` a line. */
function* readLogs(folder: string, depth: number): Generator<string> {
  for (const entry of list(folder, depth)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* readLogs(path, depth + 1);
    if (!entry.isFile()) continue;
    for (const line of (readText(path, MAX_LOG_BYTES) ?? '').split('\n')) {
      for (const id of line.split(' ', 2)) if (OBJECT_ID.test(id) && !ZERO.test(id)) yield id;
    }
  }
}

function* pseudoIds(gitFolder: string): Generator<string> {
  for (const name of PSEUDO) {
    const text = readText(join(gitFolder, name), MAX_LOG_BYTES) ?? '';
    for (const line of text.split('\n')) {
      const id = /^[0-9a-f]+/.exec(line)?.[0] ?? '';
      if (OBJECT_ID.test(id)) yield id;
    }
  }
}

function list(folder: string, depth: number): ReturnType<typeof readEntries> {
  return depth > MAX_DEPTH ? [] : readEntries(folder);
}

function readEntries(
  folder: string,
): { name: string; isDirectory(): boolean; isFile(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // No logs, no refs: a repository without them is a young one.
    return [];
  }
}

/** A plain file as text; null when it is missing, too long or anything else. */
function readText(file: string, maxBytes: number): string | null {
  try {
    const found = lstatSync(file);
    if (!found.isFile() || found.size > maxBytes) return null;
    return readFileSync(file, 'utf8');
  } catch {
    // It went between two looks, as refs do when they are packed.
    return null;
  }
}
