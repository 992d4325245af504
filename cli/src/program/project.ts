/** `agentguard init` and `agentguard exec` */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

interface InitFlags {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly undo?: true;
  readonly json?: true;
  readonly skip?: readonly string[];
}

interface ExecFlags {
  readonly envFile?: readonly string[];
  readonly allow?: readonly string[];
}

/** Adds the commands about the secrets of a project. */
export function addProjectCommands(program: Command, finish: Finish): void {
  addInit(program, finish);
  addExec(program, finish);
}

function addInit(program: Command, finish: Finish): void {
  program
    .command('init')
    .description('move the secrets of a project into the vault')
    .argument('[folder]', 'the project; default the working folder')
    .option('--dry-run', 'only show what would be done')
    .option('--yes', 'carry it out without asking')
    .addOption(repeated('--skip <name>', 'a variable to leave alone; may be repeated'))
    .option('--undo', 'put everything back as it was')
    .option('--json', 'print the answer as JSON')
    .action(async (folder: string | undefined, flags: InitFlags) => {
      const { init } = await import('../commands/init.ts');
      await finish(
        init({
          folder: folder ?? null,
          yes: flags.yes ?? false,
          dryRun: flags.dryRun ?? false,
          undo: flags.undo ?? false,
          json: flags.json ?? false,
          skip: flags.skip ?? [],
        }),
      );
    });
}

function addExec(program: Command, finish: Finish): void {
  program
    .command('exec')
    .description('start a program of your own with the real values')
    .argument('<command...>', 'the command; put -- before it when it has options')
    .usage('[options] -- <command...>')
    .addOption(
      repeated(
        '--env-file <file>',
        'read the variables of this file; may be repeated, the last wins',
      ),
    )
    .addOption(repeated('--allow <name>', 'a secret that did not come from this project'))
    .passThroughOptions()
    .action(async (command: readonly string[], flags: ExecFlags) => {
      const { exec } = await import('../commands/exec.ts');
      const { envFile, allow } = flags;
      await finish(exec({ command, envFiles: envFile ?? [], allow: allow ?? [] }));
    });
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser<readonly string[]>(
    (value, earlier: readonly string[] | undefined) => [...(earlier ?? []), value],
  );
}
