/** `agentguard daemon start` */

import type { ControlClient } from '@agentguard/daemon/control';
import { connectRunning, connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { readSecret } from '../input/read-secret.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { isNotRunning } from './not-running.ts';

/** Starts the daemon unless it runs, and says which process it is. */
export async function daemonStart(options: {
  /** Ask for the passphrase of the vault, or read it from standard input. */
  readonly passphrase: boolean;
  readonly json: boolean;
}): Promise<number> {
  const client = await (options.passphrase ? connectOpening() : connectStarting());
  const { pid, startedAt, product } = await client.call('status', {});
  if (options.json) printJson({ running: true, pid, startedAt, product });
  else printAnswer(`the daemon runs as process ${pid}`);
  return EXIT.done;
}

/** A daemon that runs has its vault open, so nobody is asked. */
async function connectOpening(): Promise<ControlClient> {
  const running = await connectRunning().catch(isNotRunning);
  if (running !== null) return running;
  const passphrase = await readSecret('Passphrase of the vault (it is not shown): ', {
    exact: true,
  });
  return connectStarting({ passphrase });
}
