/** `agentguard agent list`: which agents have our hooks. */

import { listAgents } from '../agents/installation.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { agentPlace } from './agent-place.ts';

/** Lists every agent that hooks can be installed for. Needs no daemon. */
export function agentList(options: { readonly json: boolean }): Promise<number> {
  const agents = listAgents(agentPlace());
  if (options.json) printJson({ agents });
  else {
    for (const { agent, path, state } of agents) {
      printAnswer(`${agent.padEnd(10)}${state.padEnd(15)}${makeVisible(path).text}`);
    }
  }
  return Promise.resolve(EXIT.done);
}
