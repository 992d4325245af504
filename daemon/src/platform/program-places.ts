/**
 * Where programs that run outside of every sandbox are looked for. A project puts folders of its own on the PATH
 * (`node_modules/.bin`, a virtual environment), and those are an agent's to write into: a `git` that lies there would
 * run as the person.
 */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path';

/** Where systems and package managers put programs, and no project does. */
export const USUAL_PLACES: readonly string[] = [
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/local/bin',
  '/run/current-system/sw/bin',
  '/bin',
];

/**
 * The folders of a PATH that no project owns, the usual ones first.
 * @param path the variable PATH
 * @param folder working folder; the repository that it lies in is the project
 */
export function programPlaces(
  path: string | undefined,
  folder: string,
  home: string = homedir(),
): readonly string[] {
  const project = projectOf(folder, home);
  const kept = (path ?? '')
    .split(delimiter)
    .filter((place) => isAbsolute(place) && !isOfAProject(place, project));
  const usual = kept.filter((place) => USUAL_PLACES.includes(place));
  return [...new Set([...usual, ...kept])];
}

/** The file of that name in the first place that has one; null when none does. */
export function findInPlaces(name: string, places: readonly string[]): string | null {
  return places.map((place) => join(place, name)).find((file) => existsSync(file)) ?? null;
}

function isOfAProject(place: string, project: string | null): boolean {
  if (place.split(sep).includes('node_modules')) return true;
  return project !== null && isWithin(place, project);
}

/** The top of the repository around the folder, else the folder; null where it holds the person's home. */
function projectOf(folder: string, home: string): string | null {
  if (isWithin(home, folder)) return null;
  for (let at = folder; !isWithin(home, at); at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) break;
  }
  return folder;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
