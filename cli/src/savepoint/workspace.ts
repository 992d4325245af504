/** Which workspace a folder belongs to, and where its save points are, also when its `.git` or all of it is gone. */

import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { findGit } from '../launch/find-git.ts';
import { repositoryAt } from './repository.ts';
import type { Repository } from './repository.ts';
import type { SavePoint } from './save-point.ts';
import { SavePointError } from './savepoint-error.ts';
import { listPoints, listStores, storeOf } from './store.ts';
import type { Store } from './store.ts';

/** A workspace with its store. */
export interface Workspace {
  readonly store: Store;
  /** Null outside of git. */
  readonly repository: Repository | null;
}

/**
 * The workspace of a folder: the repository it is in, else the folder itself. A folder whose repository was destroyed
 * still is the workspace that its save points were made of.
 * @throws SavePointError for a folder that holds everything, such as the home folder
 */
export function findWorkspace(stateFolder: string, folder: string): Workspace {
  const start = realpathSync(folder);
  const git = findGit() !== null;
  for (let current = start; ; current = dirname(current)) {
    const known = storeOf(stateFolder, current);
    const repository = git ? (repositoryAt(current) ?? lostRepository(known)) : null;
    if (repository !== null) return { store: known, repository };
    if (listPoints(known).length > 0 && current === start)
      return { store: known, repository: null };
    if (dirname(current) === current) break;
  }
  if (dirname(start) === start || start === realpathSync(homedir())) {
    throw new SavePointError(
      `\`${start}\` holds far more than a workspace, so no save point is made of it`,
      'start from the folder of the project',
    );
  }
  return { store: storeOf(stateFolder, start), repository: null };
}

/** The workspace of a store, as it stands now. */
export function workspaceOf(store: Store): Workspace {
  const here = existsSync(store.root) ? repositoryAt(store.root) : null;
  return { store, repository: here ?? lostRepository(store) };
}

/** The store of a folder that may be gone; null when nothing was ever saved of it. */
export function findStore(stateFolder: string, folder: string): Store | null {
  const start = existsSync(folder) ? realpathSync(folder) : resolve(folder);
  for (let current = start; ; current = dirname(current)) {
    const store = storeOf(stateFolder, current);
    if (existsSync(store.points)) return store;
    if (dirname(current) === current) return null;
  }
}

/**
 * The save point of an id, in whichever workspace it is.
 * @throws SavePointError when there is none
 */
export function findPoint(
  stateFolder: string,
  id: string,
): { readonly store: Store; readonly point: SavePoint } {
  for (const store of listStores(stateFolder)) {
    const point = listPoints(store).find((one) => one.id === id);
    if (point !== undefined) return { store, point };
  }
  throw new SavePointError(`no save point is called \`${id}\``, 'agentguard undo');
}

/** Where the repository was when it was last saved; null when the store holds none. */
function lostRepository(store: Store): Repository | null {
  const last = listPoints(store).findLast(({ repository }) => repository !== null);
  if (last?.repository == null) return null;
  const { bare, gitFolder, commonFolder, objectFormat } = last.repository;
  const objectFolder = join(commonFolder, 'objects');
  return { root: store.root, bare, gitFolder, commonFolder, objectFolder, objectFormat };
}
