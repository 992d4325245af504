/** Whether an agent ran without its hooks, as far as the daemon saw. Pure. */

import { AGENTS } from './agent-file.ts';

/**
 * A line for the person; null when there is nothing to say.
 * @param agent the name of the program that was started
 * @param firstHookAt when its first hook was seen, as the summary says
 */
export function describeUnhooked(
  agent: string,
  firstHookAt: string | null | undefined,
): string | null {
  const known = AGENTS.find((one) => one === agent);
  if (known === undefined || typeof firstHookAt === 'string') return null;
  return `no hook of ${known} was seen: nothing was asked about before it ran; agentguard agent install ${known}`;
}
