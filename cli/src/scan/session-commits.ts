/**
 * What a guarded session committed. Looked through when it ends, by the process outside of its sandbox and by the settings
 * that counted when it began, so that nothing inside can take the check away or allow its own find.
 */

import { findRoot } from './find-root.ts';
import { counts } from './finding.ts';
import type { Finding } from './finding.ts';
import { openGit } from './git.ts';
import type { Git } from './git.ts';
import { makeProgress } from './progress.ts';
import { readFolder } from './read-root.ts';
import { scanHistory } from './scan-history.ts';
import { readScanPolicy } from './scan-settings.ts';
import type { ScanPolicy } from './scan-settings.ts';

/** A repository as it was when a session began. */
export interface CommitsBefore {
  readonly git: Git;
  readonly policy: ScanPolicy;
  /** Everything that a branch, tag or stash led to. */
  readonly tips: readonly string[];
  /** What HEAD was; null before the first commit. */
  readonly head: string | null;
}

/** Null outside of every repository, and where there is no git. Settings that are not understood allow nothing. */
export async function rememberCommits(folder: string): Promise<CommitsBefore | null> {
  let git: Git;
  try {
    git = openGit(findRoot(folder, true));
  } catch {
    // Without git nothing is committed.
    return null;
  }
  const refs = git.tryRead(['for-each-ref', '--format=%(objectname)']);
  if (refs === null) return null;
  const head = git.tryRead(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const headId = head === null ? null : head.toString('latin1').trim();
  const tips = refs
    .toString('latin1')
    .split('\n')
    .filter((one) => one !== '');
  const policy = await readScanPolicy(readFolder(git.folder), null).catch(() =>
    readScanPolicy(() => null, null),
  );
  return { git, policy, tips: headId === null ? tips : [...tips, headId], head: headId };
}

/** SECURITY(P-77): finds in what was committed since, that would have stopped a commit of the person's own. */
export async function findInNewCommits(before: CommitsBefore): Promise<readonly Finding[]> {
  const { git, policy, tips } = before;
  const options = { range: { range: null, without: tips }, progress: makeProgress(null) };
  const { findings } = await scanHistory(git, policy, options);
  return findings.filter((finding) => counts(finding, false));
}
