/** `agentguard undo ...` */

import { Option } from 'commander';
import type { Command } from 'commander';
import { UsageError } from '../exit-code.ts';
import type { Finish } from '../exit-code.ts';
import { REASONS } from '../savepoint/save-point.ts';
import type { SaveReason } from '../savepoint/save-point.ts';

interface RestoreOptions {
  readonly exact?: true;
  readonly index?: true;
  readonly refs?: true;
  readonly yes?: true;
  readonly json?: true;
}

interface SaveOptions {
  readonly session?: string;
  readonly agent?: string;
  readonly reason: SaveReason;
  readonly detail?: string;
  readonly json?: true;
}

/** Adds `undo`. Alone it lists; no daemon is needed for files, pruning aside. */
export function addUndoCommands(program: Command, finish: Finish): void {
  const undo = program
    .command('undo')
    .description('rows of a database as they were; save points of the files here')
    .argument('[decision]', 'a decision whose rows are brought back, as its question named it')
    .option('--prune', 'forget what has expired, and give its room back')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string | undefined, options: { prune?: true; json?: true }) => {
      if (id !== undefined) {
        await finish(undoDecision(id, options.json ?? false));
        return;
      }
      const { undoList, undoPrune } = await import('../commands/undo.ts');
      const json = options.json ?? false;
      await finish(options.prune ? undoPrune({ ids: [], all: false, json }) : undoList({ json }));
    });
  addRows(undo, finish);
  addShow(undo, finish);
  addRestore(undo, finish);
  addSave(undo, finish);
  addPrune(undo, finish);
}

function addRows(undo: Command, finish: Finish): void {
  undo
    .command('rows')
    .description('rows of databases that could be brought back, by decision')
    .option('--json', 'print the answer as JSON')
    .action(async (_options: unknown, command: Command) => {
      const { listSavedRows } = await import('../commands/undo-rows.ts');
      await finish(listSavedRows({ json: wantsJson(command) }));
    });
}

async function undoDecision(id: string, json: boolean): Promise<number> {
  const { isDecision, undoRows } = await import('../commands/undo-rows.ts');
  if (isDecision(id)) return undoRows({ decision: id, json });
  throw new UsageError(
    `\`${id}\` is neither a decision nor a command of undo`,
    'agentguard undo --help',
  );
}

function addShow(undo: Command, finish: Finish): void {
  undo
    .command('show')
    .description('what is different now, file by file, and what is not in it')
    .argument('<id>', 'as `agentguard undo` lists it')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { undoShow } = await import('../commands/undo.ts');
      await finish(undoShow({ id, json: wantsJson(command) }));
    });
}

function addRestore(undo: Command, finish: Finish): void {
  undo
    .command('restore')
    .description('bring files back; makes a save point of what is here first')
    .argument('<id>', 'as `agentguard undo` lists it')
    .argument('[paths...]', 'only these, and what is below them')
    .option('--exact', 'remove what is new since then')
    .option('--index', 'bring back what was staged')
    .option('--refs', 'bring back branches, tags, stashes and their logs, or all of .git')
    .option('--yes', 'do not ask')
    .option('--json', 'print the answer as JSON')
    .action(
      async (id: string, paths: readonly string[], options: RestoreOptions, command: Command) => {
        const { undoRestore } = await import('../commands/undo.ts');
        const { exact = false, index = false, refs = false, yes = false } = options;
        const json = wantsJson(command);
        await finish(undoRestore({ id, paths, exact, index, refs, yes, json }));
      },
    );
}

function addSave(undo: Command, finish: Finish): void {
  undo
    .command('save')
    .description('make a save point now')
    .option('--session <id>', 'the session it belongs to')
    .option('--agent <name>', 'the agent it is made for')
    .addOption(new Option('--reason <why>', 'why it is made').choices(REASONS).default('by hand'))
    .option('--detail <text>', 'the step it is made before')
    .option('--json', 'print the answer as JSON')
    .action(async (options: SaveOptions, command: Command) => {
      const { undoSave } = await import('../commands/undo.ts');
      const { session = null, agent = null, reason, detail = null } = options;
      await finish(undoSave({ session, agent, reason, detail, json: wantsJson(command) }));
    });
}

function addPrune(undo: Command, finish: Finish): void {
  undo
    .command('prune')
    .description('forget what has expired, and give its room back')
    .argument('[ids...]', 'these as well')
    .option('--all', 'all of this workspace as well')
    .option('--json', 'print the answer as JSON')
    .action(async (ids: readonly string[], options: { all?: true }, command: Command) => {
      const { undoPrune } = await import('../commands/undo.ts');
      await finish(undoPrune({ ids, all: options.all ?? false, json: wantsJson(command) }));
    });
}

/** The option stands at `undo` too, so it may have been taken there. */
function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: true }>().json ?? false;
}
