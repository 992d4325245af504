/** The passphrase of the vault, handed over on standard input by the command that starts the daemon. */

import { readFileSync } from 'node:fs';
import { SecretError } from '../errors.ts';
import { SecretValue } from '../secrets/secret-value.ts';

/** The file descriptor of standard input. */
const STANDARD_INPUT = 0;

/** Reads it to the end. The line end that may follow is not part of it. */
export function readPassphrase(): SecretValue {
  const text = readFileSync(STANDARD_INPUT, 'utf8').replace(/\r?\n$/, '');
  if (text !== '') return new SecretValue(text);
  throw new SecretError('INPUT_INVALID', 'no passphrase came on standard input', {
    audience: 'user',
    help: 'agentguard daemon start --passphrase',
  });
}
