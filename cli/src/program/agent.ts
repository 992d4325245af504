/** `agentguard agent ...` */

import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

/** Adds the commands about the hooks of agents. */
export function addAgentCommands(program: Command, finish: Finish): void {
  const agent = program.command('agent').description('hooks in the settings of agents');
  agent
    .command('install')
    .description('put our hooks into the settings of an agent')
    .argument('<agent>', 'claude, codex, cursor, gemini, opencode or vscode')
    .option('--yes', 'write without asking')
    .action(async (name: string, options: { yes?: true }) => {
      const { agentInstall } = await import('../commands/agent-install.ts');
      await finish(agentInstall({ agent: name, yes: options.yes ?? false }));
    });
  agent
    .command('uninstall')
    .description('put the settings of an agent back as they were')
    .argument('<agent>', 'as in install')
    .option('--force', 'also when the file was edited since; the edits are lost')
    .action(async (name: string, options: { force?: true }) => {
      const { agentUninstall } = await import('../commands/agent-uninstall.ts');
      await finish(agentUninstall({ agent: name, force: options.force ?? false }));
    });
  agent
    .command('list')
    .description('which agents have our hooks')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { agentList } = await import('../commands/agent-list.ts');
      await finish(agentList({ json: options.json ?? false }));
    });
}
