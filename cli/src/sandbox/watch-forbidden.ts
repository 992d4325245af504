/**
 * Watches, from outside, the paths that could not be closed because nothing was there.
 * SECURITY(P-52): what comes is set aside within milliseconds, and everything is looked at once more at the end.
 */

import { lstatSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { diskView } from './file-view.ts';
import { isWithin } from './paths-in.ts';
import type { ForbiddenPath, Profile } from './profile.ts';
import { foldersOf } from './repositories.ts';
import { setAside } from './set-aside.ts';
import type { SetAside } from './set-aside.ts';

/** A watch that lasts as long as the command. */
export interface ForbiddenWatch {
  /** Looks at everything once more, and says what was set aside. */
  end(): readonly SetAside[];
}

/** Begins to watch. Costs the command nothing, and the machine a few descriptors. */
export function watchForbidden(profile: Profile): ForbiddenWatch {
  return new Watch(profile);
}

class Watch implements ForbiddenWatch {
  readonly #profile: Profile;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #found: SetAside[] = [];

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#look();
  }

  end(): readonly SetAside[] {
    for (const forbidden of this.#profile.forbidden) this.#check(forbidden);
    for (const forbidden of newRepositories(this.#profile)) this.#check(forbidden);
    for (const watcher of this.#watchers.values()) watcher.close();
    return this.#found;
  }

  /** Watches each folder that is there by now; one that comes later is noticed in the folder around it. */
  #look(): void {
    for (const { path, mayBeRepository } of this.#profile.forbidden) {
      const top = topOf(path, this.#profile);
      if (mayBeRepository && !isFolder(path)) {
        // Where one may come at any depth, the end of the session is soon enough for all but the first.
        if (dirname(path) === top) this.#watch(top);
        continue;
      }
      if (mayBeRepository) for (const at of [path, join(path, 'hooks')]) this.#watch(at);
      for (let at = dirname(path); isWithin(at, top); at = dirname(at)) this.#watch(at);
    }
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (event) => {
        // A folder that was renamed or removed takes its watch with it.
        if (event === 'rename' && !isFolder(folder)) this.#forget(folder);
        this.#happened(folder);
      });
      watcher.on('error', () => this.#forget(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Not there, or too many watches: the look at the end does not depend on this.
    }
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #happened(folder: string): void {
    for (const forbidden of this.#profile.forbidden) {
      if (isTouched(forbidden, folder)) this.#check(forbidden);
    }
    this.#look();
  }

  #check(forbidden: ForbiddenPath): void {
    const aside = setAside(forbidden, topOf(forbidden.path, this.#profile));
    if (aside !== null) this.#found.push(aside);
  }
}

/** Whether a change in a folder can have brought what must not be. */
function isTouched({ path, mayBeRepository }: ForbiddenPath, folder: string): boolean {
  if (mayBeRepository) return dirname(path) === folder || isWithin(folder, path);
  return isWithin(path, folder);
}

/** Places in folders that came during the session. Repositories that were there have rules of their own. */
function newRepositories({ workspace, rules, forbidden }: Profile): readonly ForbiddenPath[] {
  const known = new Set([...rules, ...forbidden].map(({ path }) => path));
  return foldersOf(workspace, diskView())
    .map((folder) => ({ path: join(folder, '.git'), link: null, mayBeRepository: true }))
    .filter(({ path }) => !known.has(path));
}

/** The open folder that the path lies in; what is above it cannot be changed inside. */
function topOf(path: string, { rules }: Profile): string {
  const around = rules.filter(
    (rule) => rule.access === 'writable' && rule.path !== path && isWithin(path, rule.path),
  );
  return around.at(-1)?.path ?? dirname(path);
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
