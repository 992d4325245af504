/** `agentguard daemon ...` */

import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

/** Adds the commands about the daemon itself. */
export function addDaemonCommands(program: Command, finish: Finish): void {
  const daemon = program
    .command('daemon')
    .description('the daemon; every command that needs it starts it');
  daemon
    .command('start')
    .description('start it now')
    .option('--passphrase', 'ask for the passphrase that opens the vault')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { passphrase?: true; json?: true }) => {
      const { daemonStart } = await import('../commands/daemon-start.ts');
      const { passphrase = false, json = false } = options;
      await finish(daemonStart({ passphrase, json }));
    });
  daemon
    .command('stop')
    .description('end every session and stop it')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { daemonStop } = await import('../commands/daemon-stop.ts');
      await finish(daemonStop({ json: options.json ?? false }));
    });
  daemon
    .command('status')
    .description('whether it runs, since when and how it is')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { daemonStatus } = await import('../commands/daemon-status.ts');
      await finish(daemonStatus({ json: options.json ?? false }));
    });
  daemon
    .command('logs')
    .description('print its diagnostics')
    .option('--follow', 'go on printing what comes')
    .action(async (options: { follow?: true }) => {
      const { daemonLogs } = await import('../commands/daemon-logs.ts');
      await finish(daemonLogs({ follow: options.follow ?? false }));
    });
}
