/** `agentguard token ...` */

import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';
import { repeated } from './repeated.ts';
import { addScopeOptions, readScope } from './scope-options.ts';
import type { ScopeOptions } from './scope-options.ts';

interface CreateOptions extends ScopeOptions {
  readonly role: string;
  readonly expiresIn: string;
  readonly label?: string;
  readonly agent?: string;
  readonly resource?: readonly string[];
  readonly json?: true;
}

/** Adds the commands about scoped tokens. */
export function addTokenCommands(program: Command, finish: Finish): void {
  const token = program
    .command('token')
    .description('tokens that carry exactly what their holder may do');
  addCreate(token, finish);
  token
    .command('list')
    .description('which there are, and what became of them')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { tokenList } = await import('../commands/token-list.ts');
      await finish(tokenList({ json: options.json ?? false }));
    });
  token
    .command('revoke')
    .description('end one at once, with its connections')
    .argument('<id>', 'as `token list` shows it: tok-...')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, options: { json?: true }) => {
      const { tokenRevoke } = await import('../commands/token-revoke.ts');
      await finish(tokenRevoke({ id, json: options.json ?? false }));
    });
}

function addCreate(token: Command, finish: Finish): void {
  const create = token
    .command('create')
    .description('issue one; it is printed once and kept nowhere')
    .requiredOption('--role <name>', 'the role of the policy that its holder has')
    .requiredOption('--expires-in <time>', 'how long it lives: 10m, 1h, at most 168h');
  addScopeOptions(create)
    .option('--label <text>', 'a name for it in lists and on the record')
    .option('--agent <name>', 'who will hold it: cursor, nightly-report')
    .addOption(
      repeated(
        '--resource <name>',
        'a resource that it opens; default all there are now, may be repeated',
      ),
    )
    .option('--json', 'print the answer as JSON')
    .action(async (options: CreateOptions) => {
      const { tokenCreate } = await import('../commands/token-create.ts');
      const { role, expiresIn, label, agent, resource, json } = options;
      await finish(
        tokenCreate({
          role,
          expiresIn,
          scope: readScope(options),
          label: label ?? null,
          agent: agent ?? null,
          resources: resource ?? null,
          json: json ?? false,
        }),
      );
    });
}
