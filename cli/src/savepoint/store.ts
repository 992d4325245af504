/**
 * The guard's own folder for the save points of one workspace, outside of the workspace and open to its owner alone.
 * It holds the list of save points, their content, and a lock so that saving, restoring and pruning take turns.
 */

import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ensureOwnerFolder } from '@agentguard/daemon/control';
import * as z from 'zod';
import { LOCK_WAIT_MS } from './limits.ts';
import { entrySchema, savePointSchema } from './save-point.ts';
import type { SavePoint, SavedEntry } from './save-point.ts';
import { SavePointError } from './savepoint-error.ts';

/** The places of one workspace. */
export interface Store {
  readonly folder: string;
  readonly root: string;
  /** A bare repository of ours. Not there outside of git. */
  readonly gitFolder: string;
  /** Contents by their digest, outside of git. */
  readonly contents: string;
  /** For what is half done; emptied by whoever holds the lock. */
  readonly scratch: string;
  readonly points: string;
}

const LOCK_POLL_MS = 50;

/** A lock this old was left by somebody who is gone, whatever their number says now. */
const LOCK_STALE_MS = 15 * 60 * 1000;

const nameSchema = z.object({ root: z.string() });

/** Where the stores of all workspaces are. */
export function storesFolder(stateFolder: string): string {
  return join(stateFolder, 'savepoints');
}

/** The places for a workspace. Creates nothing. */
export function storeOf(stateFolder: string, root: string): Store {
  const key = createHash('sha256').update(root).digest('hex').slice(0, 24);
  return placesOf(join(storesFolder(stateFolder), key), root);
}

function placesOf(folder: string, root: string): Store {
  return {
    folder,
    root,
    gitFolder: join(folder, 'repository.git'),
    contents: join(folder, 'contents'),
    scratch: join(folder, 'scratch'),
    points: join(folder, 'points'),
  };
}

/** Every workspace with a store. */
export function listStores(stateFolder: string): readonly Store[] {
  const base = storesFolder(stateFolder);
  if (!existsSync(base)) return [];
  return readdirSync(base).flatMap((name) => {
    const folder = join(base, name);
    const said = nameSchema.safeParse(readJson(join(folder, 'workspace.json')));
    return said.success ? [placesOf(folder, said.data.root)] : [];
  });
}

/** Makes the store's folders. */
export function ensureStore(stateFolder: string, store: Store): void {
  for (const folder of [stateFolder, storesFolder(stateFolder), store.folder, store.points]) {
    ensureOwnerFolder(folder);
  }
  writeWhole(join(store.folder, 'workspace.json'), JSON.stringify({ root: store.root }));
}

/** The save points of a workspace, oldest first. One that cannot be read is not listed. */
export function listPoints(store: Store): readonly SavePoint[] {
  if (!existsSync(store.points)) return [];
  const files = readdirSync(store.points).filter((name) => name.endsWith('.json'));
  return files
    .flatMap((name) => {
      const read = savePointSchema.safeParse(readJson(join(store.points, name)));
      return read.success ? [read.data] : [];
    })
    .sort((left, right) => left.startedAt.localeCompare(right.startedAt));
}

/** @throws SavePointError when it is damaged */
export function readEntries(store: Store, id: string): readonly SavedEntry[] {
  try {
    const text = gunzipSync(readFileSync(join(store.points, `${id}.entries.gz`))).toString('utf8');
    return z.array(entrySchema).parse(JSON.parse(text));
  } catch (error) {
    throw new SavePointError(`the list of files of ${id} cannot be read`, undefined, error);
  }
}

/** The list of files first: a save point that is listed is whole. */
export function writePoint(store: Store, point: SavePoint, entries: readonly SavedEntry[]): void {
  writeWhole(
    join(store.points, `${point.id}.entries.gz`),
    gzipSync(JSON.stringify(entries), { level: 1 }),
  );
  writeWhole(join(store.points, `${point.id}.json`), JSON.stringify(point));
}

/** The save point first, so that none is listed without its files. */
export function forgetPoint(store: Store, id: string): void {
  rmSync(join(store.points, `${id}.json`), { force: true });
  rmSync(join(store.points, `${id}.entries.gz`), { force: true });
}

export function newPointId(): string {
  return `sp-${randomBytes(4).toString('hex')}`;
}

/**
 * Does the work while nobody else saves, restores or prunes here.
 * @throws SavePointError when another one holds on for too long
 */
export async function withLock<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const lock = join(store.folder, 'lock');
  const until = Date.now() + LOCK_WAIT_MS;
  while (!takeLock(lock)) {
    if (Date.now() > until) {
      throw new SavePointError(
        'another save point of this workspace is being made',
        'try again in a while',
      );
    }
    await sleep(LOCK_POLL_MS);
  }
  try {
    rmSync(store.scratch, { recursive: true, force: true });
    mkdirSync(store.scratch, { mode: 0o700 });
    return await work();
  } finally {
    rmSync(store.scratch, { recursive: true, force: true });
    rmSync(lock, { recursive: true, force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch {
    if (isStale(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isStale(lock: string): boolean {
  const found = statSync(lock, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (Date.now() - found.mtimeMs > LOCK_STALE_MS) return true;
  const pid = Number.parseInt(readText(lock) ?? '', 10);
  // Empty while its maker is between two calls.
  return Number.isInteger(pid) && !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Replaces a file so that it is there whole or not at all. */
export function writeWhole(path: string, bytes: string | Uint8Array): void {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`;
  writeFileSync(temporary, bytes, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}

/** Null when it is missing or no JSON. */
export function readJson(path: string): unknown {
  const text = readText(path);
  return text === null ? null : readJsonText(text);
}

/** Null when it is no JSON. */
export function readJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Half a file of a crash; whoever asks treats it as missing.
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
