/**
 * Files that one session sees in a folder of the system and nobody else does: a policy for an agent, for one. The folder
 * above is shown name by name, since nothing may be made in the real one.
 */

import { dirname, join } from 'node:path/posix';
import type { FileView } from './file-view.ts';
import type { PathRule, Profile } from './profile.ts';

/** A file and what it says. Its folder stands directly in a folder of the system and is not there otherwise. */
export interface LaidOverFile {
  readonly path: string;
  readonly content: string;
}

/** Room for the file and its folder. */
const MAX_BYTES = 1024 * 1024;

/** The profile with the files in it. One whose folder is there already is left out: it is somebody else's to say. */
export function layOver(profile: Profile, files: readonly LaidOverFile[], view: FileView): Profile {
  const fitting = files.filter(({ path }) => fits(path, profile, view));
  if (fitting.length === 0) return profile;
  const parents = [...new Set(fitting.map(({ path }) => dirname(dirname(path))))];
  const carved = parents.map((path) => carve(path, view));
  const laid = fitting.map((file): PathRule => ({ ...file, access: 'laid' }));
  // Around before within: what the profile says about names in the folder comes after the folder itself.
  return { ...profile, rules: [...carved, ...profile.rules, ...laid] };
}

function fits(path: string, profile: Profile, view: FileView): boolean {
  const folder = dirname(path);
  const parent = dirname(folder);
  return (
    view.kindOf(folder) === null &&
    view.realPath(parent) === parent &&
    !profile.rules.some((rule) => rule.path === parent)
  );
}

function carve(folder: string, view: FileView): PathRule {
  const entries = view
    .entriesOf(folder)
    .filter(({ kind }) => kind !== 'other')
    .map(({ name, kind }) => ({
      name,
      kind,
      target: kind === 'link' ? view.linkTarget(join(folder, name)) : null,
    }));
  return { path: folder, access: 'carved', maxBytes: MAX_BYTES, entries, closed: true };
}
