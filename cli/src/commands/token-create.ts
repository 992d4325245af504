/** `agentguard token create` */

import { connectStarting } from '../connect.ts';
import { parseDuration } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** What was typed. */
export interface TokenCreateOptions {
  readonly role: string;
  readonly expiresIn: string;
  readonly scope: { readonly values: Record<string, string>; readonly onBehalfOf: string | null };
  readonly label: string | null;
  readonly agent: string | null;
  readonly resources: readonly string[] | null;
  readonly json: boolean;
}

/** Issues a token and prints it: the one moment at which anybody sees it. */
export async function tokenCreate(options: TokenCreateOptions): Promise<number> {
  const { role, label, agent, scope, resources, json } = options;
  const lifetimeMs = parseDuration(options.expiresIn);
  const client = await connectStarting();
  const { secret, token, reach, notes } = await client.call('token.create', {
    role,
    ...scope,
    label,
    agent,
    resources: resources === null ? null : [...resources],
    lifetimeMs,
    workspace: process.cwd(),
  });
  if (json) {
    printJson({ secret, token, reach, notes });
    return EXIT.done;
  }
  printAnswer(secret);
  const names = token.resources.join(', ');
  printNote(`${token.id} has the role ${makeVisible(role).text} on ${names}`);
  printNote(`  until ${token.expiresAt}; agentguard token revoke ${token.id} ends it sooner`);
  for (const { name, host, port, user, database } of reach) {
    printNote(`  ${name}: host ${host}, port ${port}, database ${database}, user ${user}`);
  }
  printNote('  the token is the password, or the bearer of an HTTP request');
  for (const note of notes) printNote(`agentguard: ${makeVisible(note).text}`);
  return EXIT.done;
}
