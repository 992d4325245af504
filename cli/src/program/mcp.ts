/** `agentguard mcp ...` */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

interface AddOptions {
  readonly cwd?: string;
  readonly beside?: true;
  readonly here?: true;
  readonly env?: readonly string[];
  readonly pass?: readonly string[];
  readonly secret?: readonly string[];
  readonly database?: string;
  readonly clientTimeout?: string;
  readonly legacy?: true;
  readonly replace?: true;
  readonly json?: true;
}

/** Adds the commands about MCP servers. */
export function addMcpCommands(program: Command, finish: Finish): void {
  const mcp = program.command('mcp').description('MCP servers behind the guard');
  mcp
    .command('wrap')
    .description('the command in a client: the guard between it and a server')
    .usage('-- <command...>')
    .argument('<command...>', 'the server, with its own options')
    .passThroughOptions()
    .action(async (command: readonly string[]) => {
      const { mcpWrap } = await import('../commands/mcp-wrap.ts');
      await finish(mcpWrap(command));
    });
  mcp
    .command('database')
    .description('a guarded database as an MCP server: the tools that its user may use')
    .argument('<resource>')
    .action(async (resource: string) => {
      const { mcpDatabase } = await import('../commands/mcp-database.ts');
      await finish(mcpDatabase(resource));
    });
  mcp
    .command('install')
    .description('put the servers of clients behind the guard: this project and this person')
    .option('--yes', 'write without asking')
    .option('--dry-run', 'only show')
    .action(async (options: { yes?: true; dryRun?: true }) => {
      const { mcpInstall } = await import('../commands/mcp-install.ts');
      await finish(
        mcpInstall({ yes: options.yes ?? false, dryRun: options.dryRun ?? false, agent: null }),
      );
    });
  mcp
    .command('uninstall')
    .description('put the files of clients back as they were')
    .option('--force', 'also those that were edited since; the edits are lost')
    .action(async (options: { force?: true }) => {
      const { mcpUninstall } = await import('../commands/mcp-install.ts');
      await finish(mcpUninstall({ force: options.force ?? false, agent: null }));
    });
  addAdd(mcp, finish);
  addLooking(mcp, finish);
  addPin(mcp, finish);
}

function addAdd(mcp: Command, finish: Finish): void {
  mcp
    .command('add')
    .description('accept a server: only what was accepted is ever started')
    .usage('[options] <name> -- <command...>')
    .argument('<name>')
    .argument('<command...>', 'the server, with its own options')
    .option('--cwd <folder>', 'where it runs; default the workspace of each session')
    .addOption(
      repeated('--secret <NAME=secret>', 'a variable from the vault, for this server alone'),
    )
    .addOption(repeated('--env <NAME=value>', 'a variable that is no secret'))
    .addOption(repeated('--pass <NAME>', 'a variable that is handed on'))
    .option('--here', 'run it by the daemon, out of the reach of agents')
    .option('--beside', 'run it next to the agent, in its sandbox')
    .option('--database <resource>', 'read its SQL by the catalog of this database')
    .option('--client-timeout <time>', 'how long its clients wait for an answer')
    .option('--legacy', 'it does not know the newer opening: answer probes in its place')
    .option('--replace', 'in place of an earlier one of this name')
    .option('--json', 'print the answer as JSON')
    .passThroughOptions()
    .action(async (name: string, argv: readonly string[], options: AddOptions) => {
      const { mcpAdd } = await import('../commands/mcp-add.ts');
      await finish(
        mcpAdd({
          name,
          argv: argv[0] === '--' ? argv.slice(1) : argv,
          cwd: options.cwd ?? null,
          place: options.here === true ? 'here' : options.beside === true ? 'beside' : null,
          env: options.env ?? [],
          passes: options.pass ?? [],
          secrets: options.secret ?? [],
          database: options.database ?? null,
          timeout: options.clientTimeout ?? null,
          legacy: options.legacy ?? false,
          replace: options.replace ?? false,
          json: options.json ?? false,
        }),
      );
    });
}

function addLooking(mcp: Command, finish: Finish): void {
  mcp
    .command('list')
    .description('the servers, and what waits')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { mcpList } = await import('../commands/mcp-list.ts');
      await finish(mcpList({ json: options.json ?? false }));
    });
  mcp
    .command('review')
    .description('look at what waits of a server, and say yes or no')
    .argument('[name]', 'default: every server of which something waits')
    .option('--no-examine', 'do not start the server; show only what came past')
    .option('--json', 'print the answer as JSON')
    .action(async (name: string | undefined, options: { examine: boolean; json?: true }) => {
      const { mcpReview } = await import('../commands/mcp-review.ts');
      const { examine, json = false } = options;
      await finish(mcpReview({ name: name ?? null, examine, json }));
    });
  mcp
    .command('remove')
    .description('forget a server and what was seen of it')
    .argument('<name>')
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, options: { json?: true }) => {
      const { mcpRemove } = await import('../commands/mcp-remove.ts');
      await finish(mcpRemove({ name, json: options.json ?? false }));
    });
}

interface PinOptions {
  readonly all?: true;
  readonly calls?: 'allow' | 'ask' | 'deny';
  readonly program?: true;
  readonly operatorKey?: true;
  readonly json?: true;
}

function addPin(mcp: Command, finish: Finish): void {
  mcp
    .command('pin')
    .description('take what waits of a server for seen')
    .argument('<name>', 'of the server')
    .argument('[what...]', 'tools, prompts, resources; `instructions` of the server')
    .option('--all', 'everything that waits')
    .addOption(new Option('--calls <word>', 'what its calls are').choices(['allow', 'ask', 'deny']))
    .option('--program', 'take the program as it is now for the accepted one')
    .option('--operator-key', 'answer with the operator key, without a terminal')
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, what: readonly string[], options: PinOptions) => {
      const { mcpPin } = await import('../commands/mcp-pin.ts');
      await finish(
        mcpPin({
          name,
          what,
          all: options.all ?? false,
          word: options.calls ?? null,
          program: options.program ?? false,
          operatorKey: options.operatorKey ?? false,
          json: options.json ?? false,
        }),
      );
    });
}

function repeated(flags: string, description: string): Option {
  const gather = (one: string, earlier: readonly string[] | undefined): readonly string[] => [
    ...(earlier ?? []),
    one,
  ];
  return new Option(flags, description).argParser<readonly string[]>(gather);
}
