/**
 * The repository as a guarded session finds it: what its branches lead to, and the settings that count for what is committed.
 * Remembered before the command starts, so that nothing inside can take the check away or allow its own find. Every run does
 * this, so it loads nothing of the scan itself.
 */

import { findRoot } from './find-root.ts';
import { openGit } from './git.ts';
import type { Git } from './git.ts';
import { readFolder } from './read-root.ts';

/** Files of the root that settings stand in. A list of earlier finds that they name is not read: then those count again. */
const SETTINGS_FILES = ['agentguard.yaml', '.gitleaks.toml', '.gitleaksignore'] as const;

/** A repository as it was when a session began. */
export interface CommitsBefore {
  readonly git: Git;
  /** What the settings were; null for a file that was not there. */
  readonly settings: ReadonlyMap<string, string | null>;
  /** Everything that a branch, tag or stash led to. */
  readonly tips: readonly string[];
  /** What HEAD was; null before the first commit. */
  readonly head: string | null;
}

/** Null outside of every repository, and where there is no git. Settings that cannot be read allow nothing. */
export function rememberCommits(folder: string): CommitsBefore | null {
  let git: Git;
  try {
    git = openGit(findRoot(folder, true));
  } catch {
    // Without git nothing is committed.
    return null;
  }
  const where = readTips(git);
  return where === null ? null : { git, settings: readSettings(git.folder), ...where };
}

/** Whether a branch, tag or stash leads to something else by now, or it cannot be told. */
export function hasMoved({ git, tips, head }: CommitsBefore): boolean {
  const now = readTips(git);
  return now === null || now.head !== head || now.tips.join() !== tips.join();
}

function readTips(git: Git): Pick<CommitsBefore, 'tips' | 'head'> | null {
  const refs = git.tryRead(['for-each-ref', '--format=%(objectname)']);
  if (refs === null) return null;
  const found = git.tryRead(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const head = found === null ? null : found.toString('latin1').trim();
  const tips = refs
    .toString('latin1')
    .split('\n')
    .filter((one) => one !== '');
  return { tips: head === null ? tips : [...tips, head], head };
}

function readSettings(folder: string): ReadonlyMap<string, string | null> {
  const read = readFolder(folder);
  return new Map(
    SETTINGS_FILES.map((name) => {
      try {
        return [name, read(name)] as const;
      } catch {
        return [name, null] as const;
      }
    }),
  );
}
