/** `agentguard secret set`: the value comes from standard input or an unseen prompt, never from an argument. */

import { MAX_SECRET_LENGTH } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { readSecret } from '../input/read-secret.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** What was typed. */
export interface SecretSetOptions {
  readonly name: string;
  /** A reference to where the value is kept; null when the value itself is given. */
  readonly from: string | null;
  readonly json: boolean;
  /** Something that could be the value stands among the arguments. */
  readonly valueTyped: boolean;
}

/** Puts one secret into the vault. */
export async function secretSet(options: SecretSetOptions): Promise<number> {
  const { name, from, json } = options;
  refuseTypedValue(options);
  const secret =
    from === null
      ? ({ kind: 'value', value: await readValue(name) } as const)
      : ({ kind: 'reference', reference: from } as const);
  const client = await connectStarting();
  const { backend, replaced } = await client.call('secret.set', { name, secret });
  if (json) printJson({ name, backend, replaced });
  else printAnswer(`${name} is ${replaced ? 'replaced' : 'kept'} in the vault (${backend})`);
  return EXIT.done;
}

async function readValue(name: string): Promise<string> {
  const value = await readSecret(`Value of ${name} (it is not shown): `, {
    exact: true,
    maxLength: MAX_SECRET_LENGTH,
  });
  if (!value.startsWith('op://')) return value;
  throw new UsageError(
    'what was read is a reference, not a value',
    `agentguard secret set ${name} --from REFERENCE`,
  );
}

/** An argument is in the history of the shell and in every list of processes. */
function refuseTypedValue({ name, valueTyped }: SecretSetOptions): void {
  if (!valueTyped && !/[=:/\s]/.test(name)) return;
  throw new UsageError(
    'the value is not taken as an argument, since others can read it there',
    'pipe it in or type it when asked; what was typed just now should be changed',
  );
}
