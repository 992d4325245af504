/** `agentguard resource ...` */

import { Option } from 'commander';
import { repeated } from './repeated.ts';
import type { Command } from 'commander';
import type { ApiAddOptions } from '../commands/api-add.ts';
import type { Finish } from '../exit-code.ts';

interface AddOptions {
  readonly kind: 'postgres' | 'http';
  readonly host?: readonly string[];
  readonly pack?: readonly string[];
  readonly header?: readonly string[];
  readonly query?: readonly string[];
  readonly variable?: readonly string[];
  readonly ca?: string;
  readonly environment: string;
  readonly replace?: true;
  readonly json?: true;
  readonly url?: string | true;
  readonly credential?: string;
}

function toApiOptions(name: string, options: AddOptions): Omit<ApiAddOptions, 'typed'> {
  return {
    name,
    environment: options.environment,
    replace: options.replace ?? false,
    credential: options.credential ?? null,
    json: options.json ?? false,
    packs: options.pack ?? [],
    hosts: options.host ?? [],
    headers: options.header ?? [],
    query: options.query ?? [],
    variables: options.variable ?? [],
    ca: options.ca ?? null,
  };
}

/** Adds the commands about what is guarded. */
export function addResourceCommands(program: Command, finish: Finish): void {
  const resource = program.command('resource').description('databases behind the guard');
  addResourceAdd(resource, finish);
  resource
    .command('list')
    .description('what is behind the guard')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { resourceList } = await import('../commands/resource-list.ts');
      await finish(resourceList({ json: options.json ?? false }));
    });
  resource
    .command('remove')
    .description('forget a database and its URL')
    .argument('<name>')
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, options: { json?: true }) => {
      const { resourceRemove } = await import('../commands/resource-remove.ts');
      await finish(resourceRemove({ name, json: options.json ?? false }));
    });
  resource
    .command('harden')
    .description('write the roles of the policy as GRANTs and row policies of the real server')
    .argument('<name>')
    .option('--apply', "run them over the guard's own connection, after they are shown")
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, options: { apply?: true; json?: true }) => {
      const { resourceHarden } = await import('../commands/resource-harden.ts');
      const { apply = false, json = false } = options;
      await finish(resourceHarden({ name, apply, json }));
    });
  resource
    .command('test')
    .description('connect to it once and say how that went')
    .argument('<name>')
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, options: { json?: true }) => {
      const { resourceTest } = await import('../commands/resource-test.ts');
      await finish(resourceTest({ name, json: options.json ?? false }));
    });
}

function addResourceAdd(resource: Command, finish: Finish): void {
  resource
    .command('add')
    .description(
      'put a database or an API behind the guard; its URL or credential is read from standard input',
    )
    .argument('<name>', 'lower case letters, digits, - and _')
    // Taken so that it can be refused in words of our own, which do not repeat it.
    .argument('[refused...]')
    .usage('[options] <name>')
    .addOption(
      new Option('--kind <kind>', 'what it is').choices(['postgres', 'http']).makeOptionMandatory(),
    )
    .addOption(
      new Option('--environment <environment>', 'how dear it is; what is not said is production')
        .choices(['production', 'staging', 'development', 'unknown'])
        .default('unknown'),
    )
    .option('--credential <vault:SECRET>', 'a secret of the vault that is the URL or credential')
    .addOption(repeated('--host <host>', 'http: a host of the API; may be repeated'))
    .addOption(repeated('--pack <name>', 'http: what is known of a provider; may be repeated'))
    .addOption(repeated('--header <name>', 'http: a field beside Authorization that holds it'))
    .addOption(repeated('--query <name>', 'http: a parameter of the query that holds it'))
    .option('--ca <file>', 'http: roots that its hosts are verified against, PEM')
    .addOption(repeated('--variable <name>', 'http: a variable that programs look for it in'))
    .option('--replace', 'put it in the place of the one with this name')
    .addOption(new Option('--url [url]').hideHelp())
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, refused: readonly string[], options: AddOptions) => {
      if (options.kind === 'http') {
        const { apiAdd } = await import('../commands/api-add.ts');
        await finish(apiAdd({ ...toApiOptions(name, options), typed: refused.length > 0 }));
        return;
      }
      const { resourceAdd } = await import('../commands/resource-add.ts');
      await finish(
        resourceAdd({
          name,
          environment: options.environment,
          replace: options.replace ?? false,
          credential: options.credential ?? null,
          json: options.json ?? false,
          urlTyped: refused.length > 0 || options.url !== undefined,
        }),
      );
    });
}
