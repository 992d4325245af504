/** `agentguard secret backend`: says where the vault is, or moves it. */

import { ControlError } from '@agentguard/daemon/control';
import type { CallResult, ControlClient } from '@agentguard/daemon/control';
import { connectRunning, connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { readSecret } from '../input/read-secret.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { isNotRunning } from './not-running.ts';

/** What was typed. */
export interface SecretBackendOptions {
  /** Where it shall be; null asks where it is. */
  readonly to: string | null;
  /** `ask` for a new passphrase of the file, `none` to go back to a key file; null leaves it as it is. */
  readonly passphrase: 'ask' | 'none' | null;
  readonly json: boolean;
}

/** Prints or changes the back end. */
export async function secretBackend(options: SecretBackendOptions): Promise<number> {
  const { to, json } = options;
  if (to === null) return printStatus(json);
  const backend = toBackend(to);
  const passphrase = await readPassphrase(options);
  const client = await connectFor(backend);
  const done = await client.call('secret.backend', {
    backend,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  if (json) {
    printJson(done);
    return EXIT.done;
  }
  printAnswer(`the vault is in the ${done.backend}${done.moved > 0 ? describeMoved(done) : ''}`);
  const variable = process.env['AGENTGUARD_SECRET_STORE'] ?? '';
  if (variable !== '' && variable !== backend) {
    printNote(`  AGENTGUARD_SECRET_STORE=${variable} counts more from the next start on; unset it`);
  }
  if (done.left > 0) {
    printNote(`  ${done.left} could not be removed from where they were, and are in both places`);
  }
  return EXIT.done;
}

/**
 * A daemon that runs moves what it holds. One that cannot start for want of a keychain has nothing to move:
 * then it is started with the file that was asked for, which is remembered once it works.
 */
async function connectFor(backend: 'keychain' | 'file'): Promise<ControlClient> {
  const running = await connectRunning().catch(isNotRunning);
  if (running !== null) return running;
  try {
    return await connectStarting();
  } catch (error) {
    const unreachable = error instanceof ControlError && error.code === 'CONTROL_UNREACHABLE';
    if (!unreachable || backend === 'keychain') throw error;
    process.env['AGENTGUARD_SECRET_STORE'] = backend;
    return connectStarting();
  }
}

async function readPassphrase({
  to,
  passphrase,
}: SecretBackendOptions): Promise<string | null | undefined> {
  if (passphrase === null) return undefined;
  if (to !== 'file') throw new UsageError('only the file has a passphrase');
  if (passphrase === 'none') return null;
  const typed = await readSecret('New passphrase of the vault (it is not shown): ', PASSPHRASE);
  if (process.stdin.isTTY && (await readSecret('Once more: ', PASSPHRASE)) !== typed) {
    throw new UsageError('the two are not the same; nothing was changed');
  }
  return typed;
}

const PASSPHRASE = { exact: true, maxLength: 1024 } as const;

async function printStatus(json: boolean): Promise<number> {
  const client = await connectStarting();
  const status = await client.call('secret.status', {});
  if (json) {
    printJson(status);
    return status.state === 'ok' ? EXIT.done : EXIT.failed;
  }
  for (const line of describeStatus(status)) printAnswer(line);
  if (status.state === 'ok') return EXIT.done;
  printNote(`agentguard: ${makeVisible(status.problem ?? 'the vault does not work').text}`);
  if (status.help !== null) printNote(`  ${makeVisible(status.help).text}`);
  return EXIT.failed;
}

function describeStatus(status: CallResult<'secret.status'>): readonly string[] {
  const { backend, chosenBy, passphrase, secrets } = status;
  const opened =
    passphrase === null ? '' : passphrase ? ', opened by a passphrase' : ', opened by a key file';
  return [
    `the vault is in the ${backend}${opened}`,
    `chosen by: ${CHOSEN_BY[chosenBy]}`,
    ...(secrets === null ? [] : [`secrets: ${secrets}`]),
  ];
}

const CHOSEN_BY: Readonly<Record<CallResult<'secret.status'>['chosenBy'], string>> = {
  environment: 'AGENTGUARD_SECRET_STORE',
  person: 'you, remembered',
  'vault file': 'the vault file that was there',
  default: 'a keychain that works',
  'no keychain': 'AGENTGUARD_HOME, on a machine without a keychain',
};

function describeMoved({ moved }: { readonly moved: number }): string {
  return `; ${moved} ${moved === 1 ? 'secret was' : 'secrets were'} moved`;
}

function toBackend(text: string): 'keychain' | 'file' {
  if (text === 'keychain' || text === 'file') return text;
  throw new UsageError('the vault is in the `keychain` or in a `file`');
}
