/** Which git is run beside a command, outside of every sandbox: the system's before any other, and none of a project's. */

import { findInPlaces, programPlaces, USUAL_PLACES } from '@agentguard/daemon/control';

/** SECURITY(P-43): the program; null when there is none outside of the project. */
export function findGit(): string | null {
  const places = programPlaces(process.env['PATH'], process.cwd());
  if (process.platform === 'win32') return findInPlaces('git.exe', places);
  return findInPlaces('git', [...USUAL_PLACES, ...places]);
}
