/** What a run says of secrets that its session committed. */

import type { Finding } from '../scan/finding.ts';
import { hasMoved } from '../scan/session-commits.ts';
import type { CommitsBefore } from '../scan/session-commits.ts';
import { printNote } from './print.ts';
import { makeVisible } from './visible.ts';

/** Finds that are named; the scan itself lists all. */
const MAX_SHOWN = 10;

/** Looks through what was committed. A look that fails is said, and never taken for clean. */
export async function reportCommits(before: CommitsBefore): Promise<void> {
  let findings: readonly Finding[];
  try {
    if (!hasMoved(before)) return;
    // Loaded here, since most runs commit nothing.
    const { findInNewCommits } = await import('../scan/new-commits.ts');
    findings = await findInNewCommits(before);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown failure';
    printNote(`agentguard: what was committed was NOT looked through: ${makeVisible(why).text}`);
    printNote('  agentguard scan --history');
    return;
  }
  if (findings.length === 0) return;
  const count = findings.length === 1 ? 'a secret' : `${findings.length} secrets`;
  printNote(`agentguard: this session committed ${count}; do not push before it is out again`);
  for (const finding of findings.slice(0, MAX_SHOWN)) printNote(`  ${describe(finding)}`);
  const range = before.head === null ? '' : ` ${before.head.slice(0, 12)}..HEAD`;
  printNote(`  agentguard scan --history${range}`);
}

function describe({ path, line, title, shown, place }: Finding): string {
  const commit = place.kind === 'history' ? (place.commit ?? '').slice(0, 12) : '';
  return makeVisible(`${commit} ${path}:${line}  ${title}  ${shown}`).text.replaceAll('\n', '<LF>');
}
