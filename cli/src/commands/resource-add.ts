/** `agentguard resource add`: the URL comes from standard input or an unseen prompt, never from an argument. */

import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { readSecret } from '../input/read-secret.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** What was typed. */
export interface ResourceAddOptions {
  readonly name: string;
  readonly environment: string;
  readonly replace: boolean;
  /** `vault:SECRET` for a URL that is in the vault already; null when it is read. */
  readonly credential: string | null;
  readonly json: boolean;
  /** Something that could be the URL stands among the arguments. */
  readonly urlTyped: boolean;
}

/** Puts a database behind the guard. */
export async function resourceAdd(options: ResourceAddOptions): Promise<number> {
  refuseTypedUrl(options);
  const secret = toVaultSecret(options.credential);
  const url =
    secret === null
      ? { url: await readSecret('URL of the database (it is not shown): ') }
      : { secret };
  const client = await connectStarting();
  const { resource } = await client.call('resource.add', {
    name: options.name,
    kind: 'postgres',
    environment: toEnvironment(options.environment),
    ...url,
    replace: options.replace,
  });
  if (options.json) printJson({ resource });
  else
    printAnswer(`${resource.name} (${resource.kind}, ${resource.environment}) is behind the guard`);
  return EXIT.done;
}

/** An argument is in the history of the shell and in every list of processes. */
function refuseTypedUrl({ name, credential, urlTyped }: ResourceAddOptions): void {
  const typed = [name, credential ?? ''].some((text) => text.includes('://'));
  if (!urlTyped && !typed) return;
  throw new UsageError(
    'the URL is not taken as an argument, since others can read it there',
    'pipe it in or type it when asked; if it holds a password, change that password',
  );
}

/** The name of the secret; null when the value itself is given. */
export function toVaultSecret(credential: string | null): string | null {
  if (credential === null) return null;
  const secret = /^vault:([A-Za-z_][A-Za-z0-9_.-]*)$/.exec(credential)?.[1];
  if (secret !== undefined) return secret;
  throw new UsageError(
    'a credential is written as `vault:` and the name of a secret',
    'agentguard secret list',
  );
}

/** The environment that was typed. */
export function toEnvironment(text: string): 'production' | 'staging' | 'development' | 'unknown' {
  switch (text) {
    case 'production':
    case 'staging':
    case 'development':
      return text;
    default:
      return 'unknown';
  }
}
