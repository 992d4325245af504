/** `agentguard resource add --kind http`: the credential comes from standard input or an unseen prompt, never from an argument. */

import { readFileSync } from 'node:fs';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { readSecret } from '../input/read-secret.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toEnvironment, toVaultSecret } from './resource-add.ts';

/** What was typed. */
export interface ApiAddOptions {
  readonly name: string;
  readonly environment: string;
  readonly replace: boolean;
  /** `vault:SECRET` for a credential that is in the vault already; null when it is read. */
  readonly credential: string | null;
  readonly packs: readonly string[];
  readonly hosts: readonly string[];
  readonly headers: readonly string[];
  readonly query: readonly string[];
  readonly variables: readonly string[];
  /** A file with the roots that its hosts are verified against; null for the platform's own. */
  readonly ca: string | null;
  readonly json: boolean;
  /** Something that could be the credential stands among the arguments. */
  readonly typed: boolean;
}

/** Puts an API behind the guard. */
export async function apiAdd(options: ApiAddOptions): Promise<number> {
  if (options.typed) {
    throw new UsageError(
      'a credential is not taken as an argument, since others can read it there',
      'pipe it in or type it when asked; if it was a credential, make a new one',
    );
  }
  const { name, replace, packs, hosts, headers, query, variables } = options;
  const secret = toVaultSecret(options.credential);
  const credential =
    secret === null
      ? { credential: (await readSecret('credential of the API (it is not shown): ')).trim() }
      : { secret };
  const client = await connectStarting();
  const { api } = await client.call('api.add', {
    name,
    environment: toEnvironment(options.environment),
    packs: [...packs],
    hosts: [...hosts],
    headers: [...headers],
    query: [...query],
    variables: [...variables],
    ...readRoots(options.ca),
    ...credential,
    replace,
  });
  if (options.json) printJson({ resource: { ...api, kind: 'http' } });
  else {
    printAnswer(
      `${api.name} (http, ${api.environment}) is behind the guard: ${api.hosts.join(' ')}`,
    );
    if (api.variables.length > 0)
      printNote(`  in a session its placeholder is in ${api.variables.join(' ')}`);
    else printNote('  name the variables that programs look for it in with --variable NAME');
  }
  return EXIT.done;
}

function readRoots(path: string | null): { readonly ca?: string } {
  if (path === null) return {};
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new UsageError('the file of --ca cannot be read', 'name a file in PEM');
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return { ca: text };
  throw new UsageError('the file of --ca holds no certificate', 'name a file in PEM');
}
