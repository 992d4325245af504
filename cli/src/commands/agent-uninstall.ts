/** `agentguard agent uninstall`: the files of the agent are what they were. */

import { uninstall } from '../agents/installation.ts';
import { EXIT } from '../exit-code.ts';
import { printNote } from '../output/print.ts';
import { agentPlace, parseAgent } from './agent-place.ts';
import { mcpUninstall } from './mcp-install.ts';

/**
 * Takes the hooks of one agent and the guard in front of its MCP servers out. One file may hold both, and what was put in last
 * comes out first. Needs no daemon.
 */
export async function agentUninstall(options: {
  readonly agent: string;
  readonly force: boolean;
}): Promise<number> {
  const agent = parseAgent(options.agent);
  const servers = await mcpUninstall({ force: options.force, agent });
  const done = uninstall(agent, agentPlace(), options.force);
  printNote(
    done
      ? `agentguard: the file of ${agent} is as it was`
      : `agentguard: nothing is installed for ${agent}`,
  );
  if (servers === EXIT.done) return EXIT.done;
  // The hooks were put in last: with them out, the rest is as it was written.
  return mcpUninstall({ force: options.force, agent });
}
