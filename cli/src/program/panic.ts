/** `agentguard panic` and `agentguard resume` */

import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

/** Adds the emergency stop and its end. */
export function addPanicCommands(program: Command, finish: Finish): void {
  program
    .command('panic')
    .description('stop everything: end all sessions, revoke all tokens, deny everything')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { panic } = await import('../commands/panic.ts');
      await finish(panic({ json: options.json ?? false }));
    });
  program
    .command('resume')
    .description('let work begin again after a panic')
    .option('--operator-key', 'answer with the operator key instead of a terminal')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { operatorKey?: true; json?: true }) => {
      const { resume } = await import('../commands/resume.ts');
      const { operatorKey, json } = options;
      await finish(resume({ operatorKey: operatorKey ?? false, json: json ?? false }));
    });
}
