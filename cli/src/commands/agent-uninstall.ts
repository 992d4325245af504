/** `agentguard agent uninstall`: the file of the agent is what it was. */

import { uninstall } from '../agents/installation.ts';
import { EXIT } from '../exit-code.ts';
import { printNote } from '../output/print.ts';
import { agentPlace, parseAgent } from './agent-place.ts';

/** Takes the hooks of one agent out. Needs no daemon. */
export function agentUninstall(options: {
  readonly agent: string;
  readonly force: boolean;
}): Promise<number> {
  const agent = parseAgent(options.agent);
  const done = uninstall(agent, agentPlace(), options.force);
  printNote(
    done
      ? `agentguard: the file of ${agent} is as it was`
      : `agentguard: nothing is installed for ${agent}`,
  );
  return Promise.resolve(EXIT.done);
}
