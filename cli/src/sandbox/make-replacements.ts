/**
 * The folders that stand in for caches, made ready to be mounted and to be mounted on. What lies in them was written by
 * earlier sessions: a link in the place of a folder would keep every later sandbox from starting.
 */

import { lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { join, relative } from 'node:path/posix';
import { isWithin } from './paths-in.ts';
import type { PathRule } from './profile.ts';

type Replacement = PathRule & { readonly access: 'replaced' };

/** Makes them. */
export function makeReplacements(rules: readonly PathRule[]): void {
  const replacements = rules.filter((rule): rule is Replacement => rule.access === 'replaced');
  for (const { from } of replacements) mkdirSync(from, { recursive: true, mode: 0o700 });
  for (const within of replacements) {
    for (const { path } of rules) {
      if (path !== within.path && isWithin(path, within.path)) clearWay(within, path);
    }
  }
}

/** Takes away what is no folder on the way to the path, and in its place. Links are not followed. */
function clearWay(within: Replacement, path: string): void {
  let at = within.from;
  for (const name of relative(within.path, path).split('/')) {
    at = join(at, name);
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isDirectory()) continue;
    // The place of a file is made anew by whoever mounts on it.
    unlinkSync(at);
    return;
  }
}
