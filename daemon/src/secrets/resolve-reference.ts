/**
 * Gets the value behind a reference: by the password manager's own program, by a command, from a variable.
 * Never quotes what a program printed, and never writes the value anywhere.
 */

import { homedir } from 'node:os';
import { SecretError } from '../errors.ts';
import { readCommand } from '../platform/read-command.ts';
import type { CommandResult } from '../platform/read-command.ts';
import type { Reference } from './reference.ts';
import { SecretValue } from './secret-value.ts';

/** Long enough to touch a fingerprint reader, short enough for a client that waits to connect. */
export const RESOLVE_TIMEOUT_MS = 20_000;

/** A private key with its certificates has a few thousand. */
const MAX_VALUE_BYTES = 64 * 1024;

/** What resolving depends on. */
export interface ResolveOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/**
 * The value behind a reference.
 * @param name of the secret, for messages
 * @throws SecretError `SECRET_UNRESOLVED`
 */
export async function resolveReference(
  reference: Reference,
  name: string,
  options: ResolveOptions,
): Promise<SecretValue> {
  switch (reference.kind) {
    case 'env':
      return fromVariable(reference.variable, name, options);
    case 'op':
      return fromCommand(['op', 'read', reference.uri], name, options);
    case 'command':
      return fromCommand(reference.argv, name, options);
  }
}

function fromVariable(variable: string, name: string, { env }: ResolveOptions): SecretValue {
  const value = env[variable];
  if (value !== undefined && value !== '') return new SecretValue(value);
  throw unresolved(name, `the daemon has no variable ${variable}`, {
    help: 'only AGENTGUARD_SECRET_... reaches a daemon that a command starts; set it and start the daemon again',
  });
}

async function fromCommand(
  argv: readonly [string, ...string[]],
  name: string,
  { timeoutMs = RESOLVE_TIMEOUT_MS }: ResolveOptions,
): Promise<SecretValue> {
  const bounds = { timeoutMs, maxBytes: MAX_VALUE_BYTES, folder: homedir() };
  const result = await readCommand(argv, bounds);
  const problem = describeProblem(result, timeoutMs);
  if (problem !== null || result.kind !== 'done') {
    throw unresolved(name, `its command ${problem ?? 'failed'}`, {
      help: 'run the command yourself to see what it says; a locked password manager has to be unlocked',
    });
  }
  return new SecretValue(toText(result.output, name));
}

/** One line end after the value belongs to the printing, not to the value. */
function toText(output: Buffer, name: string): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output);
  } catch {
    throw unresolved(name, 'its command printed something that is not text');
  }
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw unresolved(name, 'its command printed nothing');
  if (value.includes('\0'))
    throw unresolved(name, 'its command printed something that is not text');
  return value;
}

function describeProblem(result: CommandResult, timeoutMs: number): string | null {
  switch (result.kind) {
    case 'done':
      return null;
    case 'exit':
      return `ended with ${result.code}`;
    case 'signal':
      return 'was ended by a signal';
    case 'not found':
      return 'was not found';
    case 'not executable':
      return 'cannot be executed';
    case 'timeout':
      return `did not end within ${Math.round(timeoutMs / 1000)} s`;
    case 'too much':
      return 'printed too much';
  }
}

function unresolved(
  name: string,
  why: string,
  details: { readonly help?: string } = {},
): SecretError {
  const message = `the secret \`${name}\` cannot be read: ${why}`;
  return new SecretError('SECRET_UNRESOLVED', message, { audience: 'user', ...details });
}
