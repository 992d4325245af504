/** Tells "there is no daemon" from every other failure. */

import { ControlError } from '@agentguard/daemon/control';

/**
 * For commands whose answer may be that nothing runs.
 * @returns null when no daemon answers
 * @throws every other failure as it is
 */
export function isNotRunning(error: unknown): null {
  if (error instanceof ControlError && error.code === 'CONTROL_UNREACHABLE') return null;
  throw error;
}
