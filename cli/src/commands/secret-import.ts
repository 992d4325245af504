/** `agentguard secret import`: all of a file or nothing of it; says names, never values. */

import { MAX_IMPORTED_SECRETS } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { readSecretsFile } from '../input/read-secrets-file.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';

/** What was typed. */
export interface SecretImportOptions {
  /** `-` for standard input. */
  readonly file: string;
  readonly replace: boolean;
  /** Take `op://` for references. No other reference is ever taken out of a file: they run programs. */
  readonly references: boolean;
  readonly json: boolean;
}

/** Puts every secret of a file into the vault. */
export async function secretImport(options: SecretImportOptions): Promise<number> {
  const { file, replace, references, json } = options;
  const read = readSecretsFile(file);
  const empty = read.filter(([, value]) => value === '').map(([name]) => name);
  const secrets = read
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, secret: toSecret(name, value, references) }));
  if (secrets.length === 0) throw new UsageError('there is no secret in it');
  if (secrets.length > MAX_IMPORTED_SECRETS) {
    throw new UsageError(`more than ${MAX_IMPORTED_SECRETS} secrets at once are not taken`);
  }
  const client = await connectStarting();
  const done = await client.call('secret.import', { secrets, replace });
  if (json) {
    printJson({ ...done, empty });
    return EXIT.done;
  }
  for (const name of done.added) printAnswer(`${name} is kept in the vault (${done.backend})`);
  for (const name of done.replaced) {
    printAnswer(`${name} is replaced in the vault (${done.backend})`);
  }
  if (empty.length > 0) printNote(`  left out, since empty: ${empty.join(', ')}`);
  return EXIT.done;
}

type NewSecret =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'reference'; readonly reference: string };

function toSecret(name: string, value: string, references: boolean): NewSecret {
  if (!value.startsWith('op://')) return { kind: 'value', value };
  if (references) return { kind: 'reference', reference: value };
  throw new UsageError(
    `${name} is a reference to a password manager, not a value; nothing was imported`,
    '--references keeps it as a reference',
  );
}
