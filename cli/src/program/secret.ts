/** `agentguard secret ...` */

import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import type { Finish } from '../exit-code.ts';

interface SetOptions {
  readonly from?: string;
  readonly json?: true;
  readonly value?: string | true;
}

interface BackendOptions {
  readonly passphrase?: boolean;
  readonly json?: true;
}

/** Adds the commands about the vault. */
export function addSecretCommands(program: Command, finish: Finish): void {
  const secret = program
    .command('secret')
    .description('the vault; values go in and are never printed');
  addSet(secret, finish);
  secret
    .command('list')
    .description('what the vault holds, by name')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { json?: true }) => {
      const { secretList } = await import('../commands/secret-list.ts');
      await finish(secretList({ json: options.json ?? false }));
    });
  secret
    .command('remove')
    .description('remove one')
    .argument('<name>')
    .option('--force', 'also when a resource uses it')
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, options: { force?: true; json?: true }) => {
      const { secretRemove } = await import('../commands/secret-remove.ts');
      const { force = false, json = false } = options;
      await finish(secretRemove({ name, force, json }));
    });
  addImport(secret, finish);
  addBackend(secret, finish);
}

function addSet(secret: Command, finish: Finish): void {
  secret
    .command('set')
    .description('keep one; its value is read from standard input')
    .argument('<name>', 'letters, digits, _, - and .')
    // Taken so that it can be refused in words of our own, which do not repeat it.
    .argument('[refused...]')
    .usage('[options] <name>')
    .option('--from <reference>', 'where the value is kept: op://..., env:NAME or command:...')
    .addOption(new Option('--value [value]').hideHelp())
    .option('--json', 'print the answer as JSON')
    .action(async (name: string, refused: readonly string[], options: SetOptions) => {
      const { secretSet } = await import('../commands/secret-set.ts');
      await finish(
        secretSet({
          name,
          from: options.from ?? null,
          json: options.json ?? false,
          valueTyped: refused.length > 0 || options.value !== undefined,
        }),
      );
    });
}

function addImport(secret: Command, finish: Finish): void {
  secret
    .command('import')
    .description('keep every secret of a .env file or of a JSON object: all of them or none')
    .argument('<file>', '- for standard input')
    .option('--replace', 'put them in the place of those with the same names')
    .option('--references', 'keep values that start with op:// as references')
    .option('--json', 'print the answer as JSON')
    .action(async (file: string, options: { replace?: true; references?: true; json?: true }) => {
      const { secretImport } = await import('../commands/secret-import.ts');
      const { replace = false, references = false, json = false } = options;
      await finish(secretImport({ file, replace, references, json }));
    });
}

function addBackend(secret: Command, finish: Finish): void {
  secret
    .command('backend')
    .description('say where the vault is, or move it there')
    .addArgument(new Argument('[backend]', 'where it shall be').choices(['keychain', 'file']))
    .option('--passphrase', 'open the file by a passphrase, which is asked for')
    .option('--no-passphrase', 'open the file by a key file again')
    .option('--json', 'print the answer as JSON')
    .action(async (backend: string | undefined, options: BackendOptions) => {
      const { secretBackend } = await import('../commands/secret-backend.ts');
      await finish(
        secretBackend({
          to: backend ?? null,
          passphrase: toPassphrase(options.passphrase),
          json: options.json ?? false,
        }),
      );
    });
}

function toPassphrase(option: boolean | undefined): 'ask' | 'none' | null {
  if (option === undefined) return null;
  return option ? 'ask' : 'none';
}
