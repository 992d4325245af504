/** The folder whose settings count: of the repository, or the working folder outside of every one. */

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { openGit } from './git.ts';

/**
 * The root. Looks for `.git` itself where that is enough, because starting git costs more than a look.
 * @param exact asks git, whose environment may name another folder
 */
export function findRoot(folder: string, exact: boolean): string {
  if (exact) {
    const top = openGit(folder).tryRead(['rev-parse', '--show-toplevel']);
    const shown = top?.toString('utf8').replace(/\n$/, '') ?? '';
    if (shown !== '') return shown;
  }
  const from = resolve(folder);
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return from;
  }
}
