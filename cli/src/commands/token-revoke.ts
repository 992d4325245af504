/** `agentguard token revoke` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Revokes a token. One that is over is revoked already. */
export async function tokenRevoke(options: {
  readonly id: string;
  readonly json: boolean;
}): Promise<number> {
  const { id, json } = options;
  const client = await connectStarting();
  const { revoked } = await client.call('token.revoke', { id });
  if (json) printJson({ revoked });
  else printAnswer(revoked ? `${id} is revoked` : `${id} was over already`);
  return EXIT.done;
}
