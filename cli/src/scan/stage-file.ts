/** Puts a file's bytes into the index as they are: no filter, attribute or hook of the repository has a say. */

import { relative } from 'node:path';
import { splitZero } from './git.ts';
import type { Git } from './git.ts';

/** What the index has of a file, before the file is changed. */
export interface StagedState {
  readonly path: string;
  /** Its mode when the index holds exactly what lies on the disk; null when it does not, or has no such file. */
  readonly mode: string | null;
}

/** Looks before a change. @param git in the root of the repository */
export function stateOf(git: Git, file: string): StagedState {
  const path = relative(git.folder, file).replaceAll('\\', '/');
  const [entry = ''] = splitZero(git.read(['ls-files', '--stage', '-z', '--', path]));
  const [, mode = null, id = ''] = /^(\d+) ([0-9a-f]+) 0\t/.exec(entry) ?? [];
  const lying = git.tryRead(['hash-object', '--no-filters', '--', path]);
  const same = lying !== null && lying.toString('latin1').trim() === id;
  return { path, mode: same ? mode : null };
}

/** Stages the file as it lies now. @returns false when it was not staged as it lay before: a person has to look */
export function stageAgain(git: Git, { path, mode }: StagedState): boolean {
  if (mode === null) return false;
  const id = git.read(['hash-object', '-w', '--no-filters', '--', path]).toString('latin1').trim();
  git.read([...NO_HOOK, 'update-index', '-z', '--index-info'], `${mode} ${id}\t${path}\0`);
  return true;
}

/** Stages a file that may be new. */
export function stageNew(git: Git, file: string): void {
  const path = relative(git.folder, file).replaceAll('\\', '/');
  stageAgain(git, { path, mode: '100644' });
}

/** git runs `post-index-change` after it wrote an index. */
const NO_HOOK = ['-c', 'core.hooksPath=/dev/null'];
