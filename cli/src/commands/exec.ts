/**
 * `agentguard exec`: a person's own program with the real values, which the project's files only name.
 * SECURITY(P-62): the daemon refuses them to everything below a guarded session, with or without a token.
 */

import { realpathSync } from 'node:fs';
import { ControlError } from '@agentguard/daemon/control';
import type { ControlClient } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { UsageError } from '../exit-code.ts';
import { startChild } from '../launch/child.ts';
import { printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { readEnvVariables } from '../project/choose-env-files.ts';
import type { UnsureVariable } from '../project/choose-env-files.ts';
import { findProjectRoots, journalFolder } from '../project/journal.ts';
import { ProjectError } from '../project/project-error.ts';
import {
  findReferences,
  referencesOf,
  refuseForeign,
  toRealValues,
} from '../project/real-values.ts';
import { makeVaultDoor } from '../project/vault-door.ts';

/** What was typed. */
export interface ExecOptions {
  /** The command and its arguments, as they were typed. */
  readonly command: readonly string[];
  readonly envFiles: readonly string[];
  /** Names that the project's files may ask for though they did not come from the project. */
  readonly allow: readonly string[];
}

/** Runs the command and ends in its exit code. */
export async function exec(options: ExecOptions): Promise<number> {
  const [command, ...args] = options.command;
  if (command === undefined) throw new UsageError('there is no command to run');
  const real = await readRealValues(options);
  const child = startChild(command, args, { ...inherited(), ...real });
  const end = await child.end;
  if (end.problem !== null) printNote(`agentguard: ${makeVisible(end.problem).text}`);
  return end.code;
}

async function readRealValues(options: ExecOptions): Promise<Readonly<Record<string, string>>> {
  const folder = realpathSync(process.cwd());
  // The outermost one bounds the search for files; what any of them put into the vault may be asked for.
  const roots = findProjectRoots(folder);
  const root = roots.at(-1) ?? null;
  const mode = process.env['NODE_ENV'] ?? null;
  const { envFiles: named } = options;
  const read = readEnvVariables({ folder, root, named, mode: mode === '' ? null : mode });
  const variables = findReferences(read.settled, process.env);
  refuseUnsure(read.unsure);
  const client = await connectStarting();
  if (variables.size === 0) {
    await refuseInside(client);
    printUnread(read.unread);
    return {};
  }
  const own = roots.flatMap((project) => journalFolder(project).read()?.entries ?? []);
  refuseForeign(variables, own, options.allow);
  const door = makeVaultDoor(client, root ?? folder);
  return toRealValues(variables, await door.reveal(referencesOf(variables), 'exec'));
}

/** A variable of the shell is stronger than every file, so their order does not matter for it. */
function refuseUnsure(unsure: readonly UnsureVariable[]): void {
  const first = unsure.find(({ name }) => process.env[name] === undefined);
  if (first === undefined) return;
  const files = first.files.map((file) => `\`${file}\``).join(' and ');
  throw new ProjectError(
    `\`${first.name}\` stands for different things in ${files}, and it is not certain which is read`,
    'set NODE_ENV, or name the file: agentguard exec --env-file FILE -- COMMAND',
  );
}

function printUnread(files: readonly string[]): void {
  if (files.length === 0) {
    printNote('agentguard: no file of this project names anything in the vault');
    return;
  }
  const list = files.map((file) => makeVisible(file).text).join(', ');
  printNote(`agentguard: no value was put in; ${list} names some and is not read`);
  printNote('  set NODE_ENV, or name the file: agentguard exec --env-file FILE -- COMMAND');
}

/** With nothing to reveal the daemon has nothing to refuse, and the answer must not depend on that. */
async function refuseInside(client: ControlClient): Promise<void> {
  const { withheld } = await client.call('whoami', {});
  if (withheld === null) return;
  throw new ControlError('CONTROL_FORBIDDEN', withheld, { audience: 'user' });
}

function inherited(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
