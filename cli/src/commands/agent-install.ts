/**
 * `agentguard agent install`: shows what would be written, asks, and writes it: the hooks first, then the agent's MCP servers
 * behind the guard.
 */

import { FAILS_OPEN } from '../agents/agent-file.ts';
import { install, planInstall } from '../agents/installation.ts';
import { showChange } from '../agents/show-change.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { askLine } from '../input/ask-line.ts';
import { printAnswer, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { agentPlace, findHookParts, parseAgent } from './agent-place.ts';
import { mcpInstall } from './mcp-install.ts';

/** Installs the hooks of one agent, and puts its MCP servers behind the guard. */
export async function agentInstall(options: {
  readonly agent: string;
  readonly yes: boolean;
}): Promise<number> {
  const agent = parseAgent(options.agent);
  const place = agentPlace();
  const plan = planInstall(agent, place, await findHookParts());
  for (const line of showChange(plan.path, plan.before, plan.after)) {
    printAnswer(makeVisible(line).text);
  }
  if (!options.yes && !(await isWanted())) return EXIT.failed;
  install(plan, place);
  printNote(
    `agentguard: the hooks of ${agent} are installed; start it with: agentguard run -- ${agent}`,
  );
  if (FAILS_OPEN[agent]) {
    printNote(
      `agentguard: ${agent} goes on when a hook cannot be started; nothing is promised by it`,
    );
  }
  if (agent === 'codex')
    printNote('agentguard: codex runs a hook only after you trusted it in /hooks');
  return mcpInstall({ yes: options.yes, dryRun: false, agent });
}

async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('nobody can be asked here', 'add --yes');
  const answer = await askLine('write this? [y/N] ');
  return /^y(?:es)?$/i.test(answer?.trim() ?? '');
}
