/** `agentguard window ...` */

import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

interface OpenOptions {
  readonly resource: string;
  readonly for: string;
  readonly migration?: readonly string[];
  readonly json?: true;
}

/** Adds the commands about migration windows. */
export function addWindowCommands(program: Command, finish: Finish): void {
  const window = program
    .command('window')
    .description('times in which schema changes pass without a question');
  window
    .command('open')
    .description('open one')
    .requiredOption('--resource <name>', 'the database it is for')
    .requiredOption('--for <time>', 'how long: 10m, 1h')
    .option('--migration <files...>', 'open it for the statements of these files alone')
    .option('--json', 'print the answer as JSON')
    .action(async (options: OpenOptions) => {
      const { windowOpen } = await import('../commands/window-open.ts');
      const { resource, for: duration, migration = [], json } = options;
      await finish(windowOpen({ resource, duration, migration, json: json ?? false }));
    });
  window
    .command('close')
    .description('close it before its time')
    .requiredOption('--resource <name>', 'the database it is for')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { resource: string; json?: true }) => {
      const { windowClose } = await import('../commands/window-close.ts');
      await finish(windowClose({ resource: options.resource, json: options.json ?? false }));
    });
  window
    .command('list')
    .description('which are open')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { windowList } = await import('../commands/window-list.ts');
      await finish(windowList({ json: options.json ?? false }));
    });
}
