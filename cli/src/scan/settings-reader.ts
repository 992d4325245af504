/**
 * Where the settings of a scan are read from. Outside of a guarded session, the files as they lie there. Inside of one,
 * those of the last commit that was there when the session began: what an agent writes during its run allows it nothing.
 */

import { SESSION_MARKER } from '@agentguard/daemon/control';
import { openGit } from './git.ts';
import { readFolder } from './read-root.ts';
import type { ReadRoot } from './read-root.ts';

/** Set by `agentguard run`: the commit that HEAD was at. */
export const BASE_VARIABLE = 'AGENTGUARD_SCAN_BASE';

/** Settings are short. */
const MAX_SETTINGS = 4 * 1024 * 1024;

/** The reader for a root. */
export function settingsReader(root: string): ReadRoot {
  if (process.env[SESSION_MARKER] === undefined) return readFolder(root);
  const base = process.env[BASE_VARIABLE] ?? '';
  return /^[0-9a-f]{40,64}$/.test(base) ? readCommit(root, base) : () => null;
}

/** Files as a commit has them. */
export function readCommit(root: string, commit: string): ReadRoot {
  const git = openGit(root);
  return (name) => {
    const bytes = git.tryRead(['cat-file', 'blob', `${commit}:${name}`]);
    return bytes === null || bytes.length > MAX_SETTINGS ? null : bytes.toString('utf8');
  };
}
