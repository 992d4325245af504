/** `agentguard token list` */

import type { CallResult } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toTable } from '../output/table.ts';

/** Prints the tokens that are known. The tokens themselves are kept nowhere. */
export async function tokenList(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const { tokens } = await client.call('token.list', {});
  if (options.json) {
    printJson({ tokens });
    return EXIT.done;
  }
  if (tokens.length === 0) printNote('no token was issued');
  else {
    const rows = tokens.map((token) => [
      token.id,
      token.role ?? '',
      token.resources.join(' '),
      token.label ?? '',
      toState(token),
    ]);
    const table = toTable(['TOKEN', 'ROLE', 'RESOURCES', 'LABEL', 'STATE'], rows);
    for (const line of table) printAnswer(line);
  }
  return EXIT.done;
}

function toState(token: CallResult<'token.list'>['tokens'][number]): string {
  switch (token.state) {
    case 'live':
      return `live until ${token.expiresAt}`;
    case 'expired':
      return `expired ${token.overAt ?? ''}`;
    case 'revoked':
      return `revoked ${token.overAt ?? ''} by ${token.revokedBy ?? 'nobody known'}`;
  }
}
