/** Which files git keeps: what stood in them stays in the history, whatever is done to them now. */

import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { findGit } from '../launch/find-git.ts';

/** git answers in milliseconds; a repository that does not is not worth waiting for. */
const TIMEOUT_MS = 5000;

/** Those of the paths that git tracks. Empty where there is no git or no repository. */
export function trackedFiles(root: string, paths: readonly string[]): readonly string[] {
  const inside = paths.map((path) => relative(root, path)).filter((path) => !path.startsWith('..'));
  if (inside.length === 0) return [];
  // A repository can name a program to be run as its file monitor.
  const args = ['-c', 'core.fsmonitor=false', 'ls-files', '-z', '--', ...inside];
  const git = findGit();
  if (git === null) return [];
  const { status, stdout } = spawnSync(git, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_LITERAL_PATHSPECS: '1' },
  });
  return status === 0 ? stdout.split('\0').filter((path) => path !== '') : [];
}
