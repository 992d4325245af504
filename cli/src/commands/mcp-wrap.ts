/**
 * `agentguard mcp wrap -- CMD`: the command in a client's configuration. Inside of a session it speaks with that session's
 * token; outside it makes a session of its own by the right of the person who started the client.
 */

import type { CallResult, ControlClient } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { holdSession } from '../launch/hold-session.ts';
import { accessOfSession } from '../mcp/access.ts';
import { refuseClient } from '../mcp/refuse-client.ts';
import { relay, RelayRefused } from '../mcp/relay.ts';
import { printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** Puts the guard between the client on our standard streams and a server. */
export async function mcpWrap(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) throw new UsageError('there is no server to start');
  try {
    const inside = accessOfSession(process.env);
    return inside === null ? await wrapOutside(argv) : await relay(inside, argv);
  } catch (error) {
    if (!(error instanceof RelayRefused)) throw error;
    const problem = makeVisible(error.message).text;
    printNote(`agentguard: ${problem}`);
    if (error.help !== '') printNote(`  ${makeVisible(error.help).text}`);
    await refuseClient(`agentguard: ${problem}; a person mends it with: ${error.help}`);
    return EXIT.denied;
  }
}

async function wrapOutside(argv: readonly string[]): Promise<number> {
  const client = await connectStarting();
  const { server, added } = await accept(client, argv);
  if (added || server.waiting > 0) {
    printNote(
      `agentguard: some of \`${server.name}\` waits for you: agentguard mcp review ${server.name}`,
    );
  }
  const session = await client.call('session.create', {
    agent: `mcp ${server.name}`,
    label: null,
    resources: [],
    workspace: process.cwd(),
    askTimeoutMs: null,
    attended: false,
    held: true,
  });
  const { mcp, token } = session;
  if (mcp === undefined)
    throw new UsageError('this daemon guards no MCP servers', 'agentguard daemon stop');
  // Files of the client are its own affair: nothing is saved before a call.
  const hold = await holdSession(client, session.session, () => Promise.resolve(null));
  try {
    return await relay({ ...mcp, token }, argv);
  } finally {
    hold.release();
  }
}

/** The person's own configuration starts it, so it may run; nothing of it is shown before it was looked at. */
function accept(client: ControlClient, argv: readonly string[]): Promise<CallResult<'mcp.add'>> {
  return client.call('mcp.add', {
    name: null,
    argv: [...argv],
    cwd: null,
    place: null,
    env: {},
    passes: [],
    secrets: {},
    database: null,
    path: process.env['PATH'] ?? '',
    folder: process.cwd(),
    clientBudgetMs: null,
    legacy: false,
    replace: false,
  });
}
