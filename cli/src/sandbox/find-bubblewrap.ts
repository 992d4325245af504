/** Which bubblewrap makes the sandbox. One that a project brings would be no wall between it and the person. */

import { findInPlaces, programPlaces } from '@agentguard/daemon/control';

/** SECURITY(P-43): the program; null when there is none outside of the project. */
export function findBubblewrap(): string | null {
  return findInPlaces('bwrap', programPlaces(process.env['PATH'], process.cwd()));
}
