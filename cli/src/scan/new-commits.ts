/** What a guarded session committed, looked through when it ends, by the process outside of its sandbox. */

import { counts } from './finding.ts';
import type { Finding } from './finding.ts';
import { makeProgress } from './progress.ts';
import { scanHistory } from './scan-history.ts';
import { readScanPolicy } from './scan-settings.ts';
import type { CommitsBefore } from './session-commits.ts';

/**
 * SECURITY(P-77): finds in what was committed since, that would have stopped a commit of the person's own. Settings that are
 * not understood allow nothing.
 */
export async function findInNewCommits(before: CommitsBefore): Promise<readonly Finding[]> {
  const { git, settings, tips } = before;
  const policy = await readScanPolicy((name) => settings.get(name) ?? null, null).catch(() =>
    readScanPolicy(() => null, null),
  );
  const options = { range: { range: null, without: tips }, progress: makeProgress(null) };
  const { findings } = await scanHistory(git, policy, options);
  return findings.filter((finding) => counts(finding, false));
}
