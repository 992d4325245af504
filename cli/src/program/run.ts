/** `agentguard run ...` */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';
import type { SandboxMode } from '../sandbox/choose.ts';
import { repeated } from './repeated.ts';
import { addScopeOptions, readScope } from './scope-options.ts';
import type { RunScope, ScopeOptions } from './scope-options.ts';

interface RunOptions extends ScopeOptions {
  readonly role?: string;
  readonly resource?: readonly string[];
  readonly askTimeout?: string;
  readonly label?: string;
  readonly sandbox: SandboxMode;
  readonly pass?: readonly string[];
}

/** Adds `run`. Everything from the command's own name on is the command's, dashes included. */
export function addRunCommand(program: Command, finish: Finish): void {
  const run = program
    .command('run')
    .description('start an agent, or any command, guarded')
    .usage('[options] -- <command...>')
    .argument('<command...>', 'what to start, with its own options')
    .addOption(
      repeated('--resource <name>', 'a database it may reach; default all, may be repeated'),
    )
    .option('--ask-timeout <time>', 'how long a question may wait: 30s, 5m; 0s asks nobody')
    .option('--label <text>', 'a name for this run in lists and on the record')
    .option('--role <name>', "the role of the policy that it has, in place of a resource's own");
  addScopeOptions(run)
    .addOption(
      new Option('--sandbox <mode>', 'shut every other way out')
        .choices(['auto', 'require', 'off'])
        .default('auto'),
    )
    .addOption(
      repeated(
        '--pass <name>',
        'a variable it keeps though it looks like a secret; may be repeated',
      ),
    )
    .passThroughOptions()
    .action(async (command: readonly string[], options: RunOptions) => {
      const commands = await import('../commands/run.ts');
      await finish(
        commands.run({
          command,
          resources: options.resource ?? null,
          askTimeout: options.askTimeout ?? null,
          label: options.label ?? null,
          sandbox: options.sandbox,
          passed: options.pass ?? [],
          scope: toScope(options),
        }),
      );
    });
}

/** Values without a role are for the role that a resource gives by itself. */
function toScope(options: RunOptions): RunScope | null {
  const { values, onBehalfOf } = readScope(options);
  const role = options.role ?? null;
  const says = role !== null || onBehalfOf !== null || Object.keys(values).length > 0;
  return says ? { role, values, onBehalfOf } : null;
}
